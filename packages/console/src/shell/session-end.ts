import { useEffect } from 'react';
import { useLiveInterval } from '../api/live';
import { queryClient } from '../api/query-client';
import { sessionQuery, useSession } from '../api/session';
import { lastCallAt } from '../api/signed-in';

/** The service decides on its own clock; asking a moment later finds it decided. */
const MARGIN_MS = 1000;
const LOOK_MS = 3000;

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
      timer = setTimeout(over > Date.now() ? wait : askForSession, Math.max(0, over - Date.now()));
    };
    wait();
    return () => clearTimeout(timer);
  }, [session]);
}

/**
 * Whoever looks at a page, or comes back to it, learns within seconds that their session or their role was taken back, or
 * that the service cannot be reached: also on screens that ask for nothing by themselves.
 */
export function useSessionWhileWatched(): void {
  const everyMs = useLiveInterval(LOOK_MS);
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') askForSession();
    };
    const timer = everyMs === false ? undefined : setInterval(look, everyMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [everyMs]);
}

function askForSession(): void {
  queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => undefined);
}
