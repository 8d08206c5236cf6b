import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { clientOf } from '../../api/client';
import { listBusinesses } from '../../api/generated/sdk.gen';
import type { BusinessDto } from '../../api/generated/types.gen';
import { usePages } from '../../api/use-pages';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import type { Column } from '../../ui/columns';
import { SearchField } from '../../ui/field';
import { Page } from '../../ui/page';
import { PagesView } from '../../ui/pages-view';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { Time } from '../../ui/time';
import { BusinessDialog } from './business-dialog';
import { CreateDialog } from './create-dialog';

const PAUSE_MS = 150;
const KEY = ['platform', 'businesses', 'list'];

const COLUMNS: readonly Column<BusinessDto>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 'minmax(14rem, 2fr)',
    cell: ({ name }) => <bdi className="font-medium">{name}</bdi>,
  },
  {
    id: 'slug',
    label: 'Short name',
    width: 'minmax(9rem, 1fr)',
    cell: ({ slug }) => <code className="font-mono text-xs">{slug}</code>,
  },
  {
    id: 'status',
    label: 'Status',
    width: '8rem',
    cell: ({ status }) => <Badge tone={status === 'active' ? 'good' : 'warn'}>{status}</Badge>,
  },
  {
    id: 'prefix',
    label: 'Prefix',
    width: '7rem',
    cell: ({ token_prefix }) => <code className="font-mono text-xs">{token_prefix}</code>,
  },
  { id: 'created', label: 'Created', width: '9rem', cell: ({ created_at }) => <Time at={created_at} /> },
];

/** All businesses, for the platform. */
export default function BusinessesScreen() {
  const { name } = useSearch({ from: '/signed-in/platform/businesses' });
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [opened, setOpened] = useState<BusinessDto | null>(null);
  const [isCreating, setCreating] = useState(false);
  const pages = usePages([...KEY, name], ({ query, signal }) =>
    listBusinesses({ client: clientOf(null), query: { ...query, name }, signal }),
  );
  const changed = () => void cache.invalidateQueries({ queryKey: ['platform', 'businesses'] });
  return (
    <Page
      title="Businesses"
      isFilling
      actions={
        <Button kind="primary" icon="plus" onPress={() => setCreating(true)}>
          Create a business
        </Button>
      }
    >
      <div className="flex min-h-0 grow flex-col gap-3">
        <NameSearch
          name={name ?? ''}
          onChange={(typed) =>
            void navigate({
              to: '/platform/businesses',
              search: { name: typed === '' ? undefined : typed },
              replace: true,
            })
          }
        />
        <PagesView
          pages={pages}
          label="Reading businesses"
          empty={
            <Empty icon="business" title={name === undefined ? 'No businesses yet' : 'No business matches'}>
              A business has its own members, tokens and audit log.
            </Empty>
          }
        >
          <Table
            label="Businesses"
            isFilling
            columns={COLUMNS}
            items={pages.items}
            idOf={({ id }) => id}
            nameOf={(business) => business.name}
            listKey={name ?? ''}
            onOpen={setOpened}
            onMore={pages.readMore}
            isReadingMore={pages.isReadingMore}
          />
        </PagesView>
      </div>
      {opened !== null && (
        <BusinessDialog
          business={opened}
          onClose={() => setOpened(null)}
          onChanged={(business) => {
            setOpened(business);
            changed();
          }}
        />
      )}
      {isCreating && (
        <CreateDialog
          onClose={() => setCreating(false)}
          onCreated={(business) => {
            setCreating(false);
            setOpened(business);
            changed();
          }}
        />
      )}
    </Page>
  );
}

function NameSearch({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  const [typed, setTyped] = useState(name);
  useEffect(() => setTyped(name), [name]);
  useEffect(() => {
    if (typed === name) return;
    const timer = setTimeout(() => onChange(typed), PAUSE_MS);
    return () => clearTimeout(timer);
    // What has to be told is only what is typed.
  }, [typed]);
  return (
    <SearchField
      isMain
      className="w-80"
      label="Search businesses by name"
      placeholder="Name"
      value={typed}
      onChange={setTyped}
    />
  );
}
