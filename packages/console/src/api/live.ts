import { useEffect, useState } from 'react';

/** Nobody has touched the page for so long: it stops asking by itself, so that an idle session can end. */
const WATCHED_MS = 5 * 60_000;
const LOOK_MS = 10_000;

let touchedAt = Date.now();
for (const event of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'focus'])
  addEventListener(event, () => (touchedAt = Date.now()), { passive: true, capture: true });

/** Whether somebody looks at this page: it is visible, and was touched in the last five minutes. */
function isWatched(): boolean {
  return document.visibilityState === 'visible' && Date.now() - touchedAt < WATCHED_MS;
}

/**
 * How often a screen that shows the present may ask again, for `refetchInterval`: every `ms` while somebody looks, and
 * not at all otherwise, because each call is a use of the session.
 */
export function useLiveInterval(ms: number): number | false {
  const [watched, setWatched] = useState(isWatched);
  useEffect(() => {
    const look = () => setWatched(isWatched());
    const timer = setInterval(look, LOOK_MS);
    for (const event of ['visibilitychange', 'pointerdown', 'keydown'])
      document.addEventListener(event, look);
    return () => {
      clearInterval(timer);
      for (const event of ['visibilitychange', 'pointerdown', 'keydown'])
        document.removeEventListener(event, look);
    };
  }, []);
  return watched ? ms : false;
}
