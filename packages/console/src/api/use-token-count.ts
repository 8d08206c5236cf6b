import { useQuery } from '@tanstack/react-query';
import { listTokens } from './generated/sdk.gen';
import { useApi, useBusinessId, useMay } from './session';

/**
 * How many tokens somebody has that are not revoked, for a sentence that says what will end.
 * @returns null: not known yet, or not to be known
 */
export function useTokenCount(owner: { owner_email: string } | { identity_id: string }): number | null {
  const client = useApi();
  const businessId = useBusinessId();
  const may = useMay()('rescind:tokens:read');
  const { data } = useQuery({
    queryKey: [businessId, 'tokens', 'count-of', owner],
    queryFn: async ({ signal }) => {
      const query = { ...owner, limit: 1, include_total_count: true };
      return (await listTokens({ client, query, signal })).total;
    },
    enabled: may && businessId !== null,
    staleTime: 0,
  });
  return data ?? null;
}

/** "3 tokens", "1 token"; without a number "all tokens". */
export function tokensInWords(count: number | null): string {
  if (count === null) return 'all tokens';
  return `${count.toLocaleString()} token${count === 1 ? '' : 's'}`;
}
