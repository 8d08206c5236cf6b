import { IDENTITY_ROLES, reachesUpTo, ROLE_WORDS, ROLES, type Role } from '../api/roles';
import { useSession } from '../api/session';
import { Choices } from './field';

/** A role of a member; nobody gives one that is higher than their own. */
export function RoleChoices<Chosen extends Role>({
  of,
  value,
  onChange,
}: {
  of: 'member' | 'identity';
  value: Chosen;
  onChange: (role: Chosen) => void;
}) {
  const { role: own } = useSession();
  const roles: readonly Role[] = of === 'member' ? ROLES : IDENTITY_ROLES;
  return (
    <Choices
      label="Role"
      value={value}
      onChange={onChange}
      choices={roles
        .filter((role) => reachesUpTo(own, role) || role === value)
        .map((role) => ({ value: role as Chosen, label: role, description: ROLE_WORDS[role] }))}
    />
  );
}
