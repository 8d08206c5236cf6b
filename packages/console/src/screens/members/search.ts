/** What the address says of the members: which are searched for, and which one is open. */
export interface MembersSearch {
  email?: string;
  member?: string;
}

export function readMembersSearch({ email, member }: Record<string, unknown>): MembersSearch {
  return {
    ...(typeof email === 'string' && email.trim() !== '' && { email }),
    ...(typeof member === 'string' && member !== '' && { member }),
  };
}
