import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { listMembers } from '../../api/generated/sdk.gen';
import type { MemberDto } from '../../api/generated/types.gen';
import { useApi, useMay } from '../../api/session';
import { usePages } from '../../api/use-pages';
import type { Column } from '../../ui/columns';
import { RoleBadge } from '../../ui/role-badge';
import { SearchedList } from '../../ui/searched-list';
import { Time } from '../../ui/time';
import { AddMember } from './add-member';
import { MemberDialog } from './member-dialog';
import type { MembersSearch } from './search';

const route = getRouteApi('/signed-in/b/$businessId/members');

const COLUMNS: readonly Column<MemberDto>[] = [
  { id: 'name', label: 'Name', width: 'minmax(12rem, 2fr)', cell: ({ name }) => <bdi>{name}</bdi> },
  { id: 'email', label: 'E-mail', width: 'minmax(14rem, 3fr)', cell: ({ email }) => <bdi>{email}</bdi> },
  { id: 'role', label: 'Role', width: '9rem', cell: ({ role }) => <RoleBadge role={role} /> },
  { id: 'since', label: 'Member since', width: '10rem', cell: ({ created_at: at }) => <Time at={at} /> },
];

export default function MembersScreen() {
  const { businessId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/b/$businessId/members' });
  const client = useApi();
  const mayWrite = useMay()('rescind:members:write');
  const [isAdding, setAdding] = useState(false);
  const email = search.email?.trim() ?? '';
  // The API finds whole addresses only; what is loaded is searched by any part.
  const isWhole = email.includes('@');
  const list = usePages<MemberDto>(
    [businessId, 'members', 'list', isWhole ? email : ''],
    ({ query, signal }) => listMembers({ client, query: { ...query, ...(isWhole && { email }) }, signal }),
  );
  const shown = useMemo(() => {
    const word = email.toLowerCase();
    if (word === '' || isWhole) return list;
    return {
      ...list,
      items: list.items.filter((each) => `${each.name} ${each.email}`.toLowerCase().includes(word)),
    };
  }, [list, email, isWhole]);
  const go = (changed: MembersSearch, replace: boolean) =>
    void navigate({ search: { ...search, ...changed }, replace });
  return (
    <SearchedList
      title="Members"
      lead="People of this business. What a member may do is decided by their role, for every token and session of theirs."
      businessId={businessId}
      create={mayWrite ? { label: 'Add a member', onPress: () => setAdding(true) } : null}
      search={{
        placeholder: 'Name or e-mail',
        value: search.email ?? '',
        onChange: (word) => go({ email: word === '' ? undefined : word }, true),
      }}
      empty={{
        icon: 'members',
        title: 'No members yet',
        advice: 'Members sign in, and own tokens. Machines are better kept as identities.',
        nothingFound: 'Nobody has that name',
      }}
      list={shown}
      columns={COLUMNS}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      onOpen={({ id }) => go({ member: id }, false)}
    >
      {isAdding && <AddMember onClose={() => setAdding(false)} />}
      {search.member !== undefined && (
        <MemberDialog
          key={search.member}
          memberId={search.member}
          onClose={() => go({ member: undefined }, true)}
        />
      )}
    </SearchedList>
  );
}
