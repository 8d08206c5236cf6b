import { useQuery } from '@tanstack/react-query';
import { listTokens } from './generated/sdk.gen';
import type { TokenPageDto } from './generated/types.gen';
import { useApi, useBusinessId, useMay } from './session';

/** The service counts so many. */
const COUNTED_MAX = 10_000;

export interface TokenCount {
  total: number;
  /** There are more: the service stopped counting there. */
  isExceeded: boolean;
}

/**
 * How many tokens somebody has that are not revoked, for a sentence that says what will end.
 * @returns null: not known yet, or not to be known
 */
export function useTokenCount(owner: { owner_email: string } | { identity_id: string }): TokenCount | null {
  const client = useApi();
  const businessId = useBusinessId();
  const may = useMay()('rescind:tokens:read');
  const { data } = useQuery({
    queryKey: [businessId, 'tokens', 'count-of', owner],
    queryFn: async ({ signal }) => {
      const query = { ...owner, limit: 1, include_total_count: true };
      return countIn(await listTokens({ client, query, signal }));
    },
    enabled: may && businessId !== null,
    staleTime: 0,
  });
  return data ?? null;
}

/** The count of a page that was asked for it. */
export function countIn({ total, total_exceeded }: TokenPageDto): TokenCount | null {
  return total === null ? null : { total, isExceeded: total_exceeded };
}

/** "3 tokens", "1 token", "more than 10,000 tokens", "at least 3 tokens"; without a number "all tokens". */
export function tokensInWords(count: TokenCount | number | null): string {
  if (count === null) return 'all tokens';
  const { total, isExceeded } = typeof count === 'number' ? { total: count, isExceeded: false } : count;
  const counted = `${total.toLocaleString()} token${total === 1 ? '' : 's'}`;
  if (!isExceeded) return counted;
  return `${total < COUNTED_MAX ? 'at least' : 'more than'} ${counted}`;
}
