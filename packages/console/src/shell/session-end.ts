import { useEffect } from 'react';
import { queryClient } from '../api/query-client';
import { sessionQuery, useSession } from '../api/session';
import { lastCallAt } from '../api/signed-in';

/** The service decides on its own clock; asking a moment later finds it decided. */
const MARGIN_MS = 1000;

/**
 * Leaves the page when the session is over, also when nobody touches it: what it shows is not for whoever comes by
 * later. To ask whether it is over is a use, so it is asked only once it must be.
 */
export function useSessionEnd(): void {
  const session = useSession();
  useEffect(() => {
    const readAt = Date.now();
    const usedAt = Date.parse(session.last_used_at ?? session.created_at);
    const idleMs = Date.parse(session.idle_ends_at) - usedAt;
    const endsAt = readAt + Date.parse(session.expires_at) - usedAt;
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      const over = Math.min(Math.max(readAt, lastCallAt()) + idleMs, endsAt) + MARGIN_MS;
      timer = setTimeout(over > Date.now() ? wait : ask, Math.max(0, over - Date.now()));
    };
    const ask = () => void queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => undefined);
    wait();
    return () => clearTimeout(timer);
  }, [session]);
}

/** Whoever comes back to the page may be another, or have another role, by now. */
export function useSessionOnReturn(): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible')
        queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => undefined);
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
}
