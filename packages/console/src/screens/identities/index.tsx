import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { listIdentities } from '../../api/generated/sdk.gen';
import type { IdentityDto } from '../../api/generated/types.gen';
import { useApi, useMay } from '../../api/session';
import { usePages } from '../../api/use-pages';
import { Badge } from '../../ui/badge';
import type { Column } from '../../ui/columns';
import { None } from '../../ui/page';
import { RoleBadge } from '../../ui/role-badge';
import { SearchedList } from '../../ui/searched-list';
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
    <SearchedList
      title="Identities"
      lead="Machines that own tokens: an application, a job. Their tokens end when they are disabled, and outlive every person."
      businessId={businessId}
      create={mayWrite ? { label: 'Create an identity', onPress: () => setCreating(true) } : null}
      search={{
        placeholder: 'Name or description',
        value: search.name ?? '',
        onChange: (name) => go({ name: name === '' ? undefined : name }, true),
      }}
      empty={{
        icon: 'identity',
        title: 'No machine identities yet',
        advice: 'Give tokens of programs an identity of their own: they stay when a person leaves.',
        nothingFound: 'No identity has that name',
      }}
      list={shown}
      columns={COLUMNS}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      onOpen={({ id }) => go({ identity: id }, false)}
    >
      {isCreating && <CreateIdentity onClose={() => setCreating(false)} />}
      {search.identity !== undefined && (
        <IdentityDialog
          key={search.identity}
          identityId={search.identity}
          onClose={() => go({ identity: undefined }, true)}
        />
      )}
    </SearchedList>
  );
}

function matches({ name, description, id }: IdentityDto, word: string): boolean {
  return word === '' || id === word || `${name} ${description ?? ''}`.toLowerCase().includes(word);
}
