import { useCallback, useRef } from 'react';

/**
 * The name under which a call is made, so that it can be repeated when its answer was lost: the same for the same input, as
 * long as the component lives.
 */
export function useIdempotencyKey(): (input: unknown) => string {
  const last = useRef({ input: '', key: '' });
  return useCallback((input) => {
    const text = JSON.stringify(input);
    if (last.current.key === '' || last.current.input !== text)
      last.current = { input: text, key: crypto.randomUUID() };
    return last.current.key;
  }, []);
}
