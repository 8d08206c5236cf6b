import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { AuditEventDto } from '../../api/generated/types.gen';
import type { AuditQuery } from './filters';
import { logOf, type LogName } from './log-of';

const FIRST_PAGE = 100;
const NEXT_PAGE = 500;
/** A search looks through 10,000 events a page, and a page can come back empty: it goes on until something is found. */
const EMPTY_PAGES_MAX = 20;

interface EventList {
  events: readonly AuditEventDto[];
  isPending: boolean;
  /** What is shown is the answer to an earlier question. */
  isOld: boolean;
  isReadingMore: boolean;
  /** Whether the end of the log has been reached. */
  isWhole: boolean;
  error: Error | null;
  /** Epoch milliseconds of the last answer. */
  readAt: number;
  readMore: () => void;
  refetch: () => void;
}

/**
 * The events that match, page by page, as far as they have been asked for. Each page is recorded in the log itself, so
 * nothing is read again without being asked to.
 */
export function useEventList(name: LogName, query: AuditQuery, order: 'newest' | 'oldest'): EventList {
  const list = useInfiniteQuery({
    queryKey: [typeof name === 'object' ? name.businessId : 'platform', 'audit', name, query, order],
    queryFn: async ({ pageParam, signal }) => {
      const log = logOf(name);
      const limit = pageParam === null ? FIRST_PAGE : NEXT_PAGE;
      let cursor = pageParam;
      for (let pages = 1; ; pages++) {
        const page = await log.list({ ...query, order, limit, ...(cursor !== null && { cursor }) }, signal);
        cursor = page.next_cursor;
        if (page.items.length > 0 || cursor === null || pages === EMPTY_PAGES_MAX) return page;
      }
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
    structuralSharing: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: 0,
  });
  const events = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = list;
  const readMore = useCallback(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  return {
    events,
    isPending: list.isPending,
    isOld: list.isPlaceholderData,
    isReadingMore: list.isFetchingNextPage,
    isWhole: !hasNextPage,
    error: list.error,
    readAt: list.dataUpdatedAt,
    readMore,
    refetch: () => void (isFetchNextPageError ? fetchNextPage() : refetch()),
  };
}
