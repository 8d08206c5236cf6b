import { keepPreviousData, useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';

const PAGE = 100;

interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
  has_next: boolean;
}

export interface PageRequest {
  query: { limit: number; cursor?: string };
  signal: AbortSignal;
}

export interface PagedList<Item> {
  items: readonly Item[];
  isPending: boolean;
  /** Why it could not be read, or not be read again: `items` are then what was read before. */
  error: unknown;
  /** When `items` were read, in epoch milliseconds. */
  readAt: number;
  isReadingMore: boolean;
  readMore: () => void;
  refetch: () => void;
}

/** A list of the API that is read page by page, as far as it is looked at. */
export function usePages<Item>(
  key: QueryKey,
  read: (request: PageRequest) => Promise<Page<Item>>,
  options: { refetchInterval?: number | false; isWanted?: boolean } = {},
): PagedList<Item> {
  const list = useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      read({ query: { limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) }, signal }),
    getNextPageParam: (page) => (page.has_next ? page.next_cursor : null),
    placeholderData: keepPreviousData,
    refetchInterval: options.refetchInterval ?? false,
    enabled: options.isWanted ?? true,
  });
  const { data, isPending, error, dataUpdatedAt, hasNextPage, fetchNextPage, refetch } = list;
  const { isFetchingNextPage, isFetchNextPageError } = list;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  return {
    items,
    isPending,
    error,
    readAt: dataUpdatedAt,
    isReadingMore: isFetchingNextPage,
    readMore: useCallback(() => {
      if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
    }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]),
    refetch: useCallback(() => void refetch(), [refetch]),
  };
}
