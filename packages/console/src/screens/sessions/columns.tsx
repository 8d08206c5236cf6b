import type { SessionDto } from '../../api/generated/types.gen';
import { Badge } from '../../ui/badge';
import type { Column } from '../../ui/columns';
import { None } from '../../ui/page';
import { Time } from '../../ui/time';

export const WAYS: Record<SessionDto['signed_in_with'], string> = {
  token: 'a token',
  oidc: 'single sign-on',
  recovery_code: 'a recovery code',
};

/** Whichever comes first: too long unused, or too long at all. */
function endOf({ idle_ends_at, expires_at }: SessionDto): string {
  return idle_ends_at < expires_at ? idle_ends_at : expires_at;
}

export const COLUMNS: readonly Column<SessionDto>[] = [
  {
    id: 'person',
    label: 'Who',
    width: 'minmax(12rem, 2fr)',
    cell: ({ person, current }) => (
      <span className="flex items-center gap-2">
        <bdi className="truncate font-medium" title={person.email ?? person.kind}>
          {person.name}
        </bdi>
        {current && <Badge tone="accent">this one</Badge>}
      </span>
    ),
  },
  { id: 'role', label: 'Role', width: '7rem', cell: ({ role }) => role },
  {
    id: 'way',
    label: 'Signed in with',
    width: '10rem',
    cell: ({ signed_in_with: way }) =>
      way === 'recovery_code' ? <Badge tone="warn">{WAYS[way]}</Badge> : WAYS[way],
  },
  { id: 'began', label: 'Began', width: '9rem', cell: ({ created_at }) => <Time at={created_at} /> },
  {
    id: 'used',
    label: 'Last used',
    width: '9rem',
    cell: ({ last_used_at }) => (last_used_at === null ? <None>not yet</None> : <Time at={last_used_at} />),
  },
  { id: 'ends', label: 'Ends, if unused', width: '9rem', cell: (session) => <Time at={endOf(session)} /> },
];
