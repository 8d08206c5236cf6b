import { IDENTITY_ROLES, type Role } from '../../directory/members/role.js';

/** Infisical's own names of roles; the others are shown like its custom roles. */
const OWN_WORDS: Partial<Record<Role, string>> = {
  admin: 'admin',
  developer: 'member',
  'no-access': 'no-access',
};

/** Every role under the name (slug) that Infisical's clients give and get it by. */
export const INFISICAL_ROLES = IDENTITY_ROLES.map((role) => OWN_WORDS[role] ?? role);

interface InfisicalCustomRole {
  id: string;
  name: string;
  slug: string;
  description: string;
}

/** @param name one of INFISICAL_ROLES */
export function roleFrom(name: string): Role {
  return IDENTITY_ROLES.find((role) => (OWN_WORDS[role] ?? role) === name) as Role;
}

export function inInfisicalsWords(role: Role): { role: string; customRole: InfisicalCustomRole | null } {
  const word = OWN_WORDS[role];
  if (word !== undefined) return { role: word, customRole: null };
  return { role: 'custom', customRole: { id: role, name: role, slug: role, description: '' } };
}
