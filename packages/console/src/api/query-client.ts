import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './errors';

const FRESH_MS = 10_000;
const ATTEMPTS_MAX = 3;
const WAIT_MS_MAX = 10_000;

/**
 * What was read, by its key. Answers to changes are kept nowhere once the component that asked is gone: they can contain
 * a secret.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Whether there is a connection is found out by calls, not guessed from the network card.
      networkMode: 'always',
      staleTime: FRESH_MS,
      // It cannot be answered at the moment, or too much was asked in a second: the service says when to come back.
      retry: (failures, error) =>
        failures < ATTEMPTS_MAX && error instanceof ApiError && [429, 503].includes(error.status),
      retryDelay: (_failures, error) =>
        Math.min(WAIT_MS_MAX, 1000 * ((error instanceof ApiError ? error.retryAfterS : null) ?? 1)),
    },
    mutations: { networkMode: 'always', gcTime: 0, retry: false },
  },
});
