import { useCallback, useState } from 'react';
import { revokeAndWatch, type Committed, type RevocationCall, type Waiting } from './revoke-and-watch';

/** A revocation that this screen has asked for. */
export interface WatchedRevocation<Answer> {
  isRunning: boolean;
  committed: Committed | null;
  waiting: Waiting | null;
  /** In effect everywhere. */
  answer: Answer | null;
  error: unknown;
}

const NOTHING = { isRunning: false, committed: null, waiting: null, answer: null, error: null };

/** `start` makes the call that revokes; what is known of it then changes as it takes effect. It never rejects. */
export function useRevocation<Answer>(): WatchedRevocation<Answer> & {
  start: (call: RevocationCall) => Promise<Answer | null>;
  forget: () => void;
} {
  const [watched, setWatched] = useState<WatchedRevocation<Answer>>(NOTHING);
  const start = useCallback(async (call: RevocationCall) => {
    setWatched({ ...NOTHING, isRunning: true });
    try {
      const answer = await revokeAndWatch<Answer>(call, (news) =>
        setWatched((before) =>
          news.state === 'committed' ? { ...before, committed: news } : { ...before, waiting: news },
        ),
      );
      setWatched((before) => ({ ...before, isRunning: false, answer }));
      return answer;
    } catch (error) {
      setWatched((before) => ({ ...before, isRunning: false, error }));
      return null;
    }
  }, []);
  return { ...watched, start, forget: useCallback(() => setWatched(NOTHING), []) };
}
