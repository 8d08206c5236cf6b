import { useCallback, useRef } from 'react';

/**
 * A function that is always the same one and does what the latest one does: for components that are rendered again only
 * when something about them changes. Not to be called while rendering.
 */
export function useLatest<Args extends unknown[]>(latest: (...args: Args) => void): (...args: Args) => void {
  const current = useRef(latest);
  current.current = latest;
  return useCallback((...args: Args) => current.current(...args), []);
}
