import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { listIdentities } from '../../api/generated/sdk.gen';
import type { IdentityDto } from '../../api/generated/types.gen';
import { useApi, useMay } from '../../api/session';
import { usePages } from '../../api/use-pages';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import type { Column } from '../../ui/columns';
import { SearchField } from '../../ui/field';
import { LinkButton } from '../../ui/link';
import { None, Page } from '../../ui/page';
import { PagedTable } from '../../ui/paged-table';
import { RoleBadge } from '../../ui/role-badge';
import { Empty } from '../../ui/states';
import { Time } from '../../ui/time';
import { CreateIdentity } from './identity-form';
import { IdentityDialog } from './identity-dialog';
import type { IdentitiesSearch } from './search';

const route = getRouteApi('/signed-in/b/$businessId/identities');

const COLUMNS: readonly Column<IdentityDto>[] = [
  { id: 'name', label: 'Name', width: 'minmax(12rem, 2fr)', cell: ({ name }) => <bdi>{name}</bdi> },
  {
    id: 'description',
    label: 'Description',
    width: 'minmax(12rem, 3fr)',
    cell: ({ description }) =>
      description === null || description === '' ? <None /> : <bdi>{description}</bdi>,
  },
  { id: 'role', label: 'Role', width: '8rem', cell: ({ role }) => <RoleBadge role={role} /> },
  { id: 'status', label: 'Status', width: '8rem', cell: ({ status }) => <IdentityStatus status={status} /> },
  { id: 'since', label: 'Created', width: '9rem', cell: ({ created_at: at }) => <Time at={at} /> },
];

function IdentityStatus({ status }: Pick<IdentityDto, 'status'>) {
  return <Badge tone={status === 'active' ? 'good' : 'danger'}>{status}</Badge>;
}

export default function IdentitiesScreen() {
  const { businessId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/b/$businessId/identities' });
  const client = useApi();
  const mayWrite = useMay()('rescind:members:write');
  const [isCreating, setCreating] = useState(false);
  const list = usePages<IdentityDto>([businessId, 'identities', 'list'], ({ query, signal }) =>
    listIdentities({ client, query, signal }),
  );
  const word = search.name?.trim().toLowerCase() ?? '';
  const shown = useMemo(
    () => ({ ...list, items: list.items.filter((each) => matches(each, word)) }),
    [list, word],
  );
  const go = (changed: IdentitiesSearch, replace: boolean) =>
    void navigate({ search: { ...search, ...changed }, replace });
  return (
    <Page
      title="Identities"
      lead="Machines that own tokens: an application, a job. Their tokens end when they are disabled, and outlive every person."
      isFilling
      actions={
        <>
          <LinkButton to="/b/$businessId/roles" params={{ businessId }}>
            What the roles may do
          </LinkButton>
          {mayWrite && (
            <Button kind="primary" icon="plus" onPress={() => setCreating(true)}>
              Create an identity
            </Button>
          )}
        </>
      }
    >
      <SearchField
        isMain
        label="Search identities"
        placeholder="Name or description"
        className="max-w-sm"
        value={search.name ?? ''}
        onChange={(name) => go({ name: name === '' ? undefined : name }, true)}
      />
      <PagedTable
        label="Identities"
        isFilling
        list={shown}
        columns={COLUMNS}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        listKey={word}
        onOpen={({ id }) => go({ identity: id }, false)}
        empty={<NoIdentities isSearched={word !== ''} onClear={() => go({ name: undefined }, true)} />}
      />
      {isCreating && <CreateIdentity onClose={() => setCreating(false)} />}
      {search.identity !== undefined && (
        <IdentityDialog
          key={search.identity}
          identityId={search.identity}
          onClose={() => go({ identity: undefined }, true)}
        />
      )}
    </Page>
  );
}

function matches({ name, description, id }: IdentityDto, word: string): boolean {
  return word === '' || id === word || `${name} ${description ?? ''}`.toLowerCase().includes(word);
}

function NoIdentities({ isSearched, onClear }: { isSearched: boolean; onClear: () => void }) {
  if (isSearched)
    return (
      <Empty
        icon="search"
        title="No identity has that name"
        action={<Button onPress={onClear}>Clear</Button>}
      />
    );
  return (
    <Empty icon="identity" title="No machine identities yet">
      Give tokens of programs an identity of their own: they stay when a person leaves.
    </Empty>
  );
}
