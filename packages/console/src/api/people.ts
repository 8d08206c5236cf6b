import { useQuery } from '@tanstack/react-query';
import type { Client } from './generated/client';
import { listIdentities, listMembers } from './generated/sdk.gen';
import type { IdentityDto, MemberDto } from './generated/types.gen';
import { useApi, useBusinessId, useMay } from './session';

const PAGE_MAX = 1000;

/** The first thousand members of the business in the address; of whoever may not see them: none. */
export function useMembers(isWanted = true): readonly MemberDto[] {
  const client = useApi();
  const businessId = useBusinessId();
  const may = useMay()('rescind:members:read');
  const { data } = useQuery({
    queryKey: [businessId, 'members', 'to-choose'],
    queryFn: ({ signal }) => membersOf(client, signal),
    enabled: isWanted && may && businessId !== null,
  });
  return data ?? [];
}

/** The first thousand machine identities of the business in the address; of whoever may not see them: none. */
export function useIdentities(isWanted = true): readonly IdentityDto[] {
  const client = useApi();
  const businessId = useBusinessId();
  const may = useMay()('rescind:members:read');
  const { data } = useQuery({
    queryKey: [businessId, 'identities', 'to-choose'],
    queryFn: async ({ signal }) =>
      (await listIdentities({ client, query: { limit: PAGE_MAX }, signal })).items,
    enabled: isWanted && may && businessId !== null,
  });
  return data ?? [];
}

async function membersOf(client: Client, signal: AbortSignal): Promise<MemberDto[]> {
  return (await listMembers({ client, query: { limit: PAGE_MAX }, signal })).items;
}
