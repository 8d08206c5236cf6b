import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { listTokens } from '../../api/generated/sdk.gen';
import type { ListTokensData, TokenInfoDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId } from '../../api/session';
import { countIn, type TokenCount } from '../../api/use-token-count';

const FIRST_PAGE = 100;
const NEXT_PAGE = 200;

export interface TokenList {
  tokens: readonly TokenInfoDto[];
  /** How many match in all; null while that is not known. */
  count: TokenCount | null;
  /** What is shown is the answer to an earlier question. */
  isOld: boolean;
  /** The search goes on by itself: fewer than fill the screen have been found. */
  isSearching: boolean;
  isPending: boolean;
  isReadingMore: boolean;
  error: Error | null;
  readMore: () => void;
  refetch: () => void;
}

/** So many fill the screen. The service looks through a few thousand tokens for each page, which may find fewer. */
const ENOUGH = 40;

/**
 * The tokens that match, page by page, as far as they have been asked for. How many there are is asked apart: counting
 * takes longer than the first page. Pages are not compared with what was there before, which would take longer than
 * showing them.
 */
export function useTokenList(query: NonNullable<ListTokensData['query']>): TokenList {
  const client = useApi();
  const businessId = useBusinessId();
  const list = useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: [businessId, 'tokens', 'list', query],
      queryFn: ({ pageParam, signal }) =>
        listTokens({
          client,
          signal,
          query: {
            ...query,
            ...(pageParam === null ? { limit: FIRST_PAGE } : { limit: NEXT_PAGE, cursor: pageParam }),
          },
        }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ next_cursor }) => next_cursor,
      placeholderData: keepPreviousData,
      structuralSharing: false,
      // All pages would be read again, one after the other. Leaving the screen forgets them.
      refetchOnWindowFocus: false,
      gcTime: 0,
    }),
  );
  const tokens = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const { hasNextPage, isFetching, isPlaceholderData, fetchNextPage, refetch } = list;
  const isSearching = !isPlaceholderData && hasNextPage && tokens.length < ENOUGH && list.error === null;
  const count = useQuery({
    queryKey: [businessId, 'tokens', 'count', query],
    queryFn: ({ signal }) =>
      listTokens({ client, signal, query: { ...query, limit: 1, include_total_count: true } }),
    select: countIn,
    // Not beside the search, nor between two pages of it: both read the same rows.
    enabled: hasNextPage && !isFetching && !isSearching,
  });
  const readMore = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  useEffect(() => {
    if (isSearching) readMore();
  }, [isSearching, readMore, list.data]);
  const isWhole = !hasNextPage && !isPlaceholderData && list.data !== undefined;
  return {
    tokens,
    count: isWhole ? { total: tokens.length, isExceeded: false } : (count.data ?? null),
    isOld: isPlaceholderData,
    isSearching,
    isPending: list.isPending,
    isReadingMore: list.isFetchingNextPage,
    error: list.error,
    readMore,
    refetch: () => void refetch(),
  };
}
