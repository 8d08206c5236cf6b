/** What the address says of the identities: which are searched for, and which one is open. */
export interface IdentitiesSearch {
  name?: string;
  identity?: string;
}

export function readIdentitiesSearch({ name, identity }: Record<string, unknown>): IdentitiesSearch {
  return {
    ...(typeof name === 'string' && name.trim() !== '' && { name }),
    ...(typeof identity === 'string' && identity !== '' && { identity }),
  };
}
