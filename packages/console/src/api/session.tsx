import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { clientOf } from './client';
import type { Client } from './generated/client';
import { getCurrentSession } from './generated/sdk.gen';
import type { SessionDto } from './generated/types.gen';
import { announceSession, pageSessionId } from './signed-in';

/** Who is signed in. */
export type Session = SessionDto;

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session> => {
    const session = await getCurrentSession({ client: clientOf(null), signal });
    const before = pageSessionId.get();
    pageSessionId.set(session.id);
    if (before === null) announceSession(session.id);
    else if (before !== session.id) location.reload();
    return session;
  },
  staleTime: Infinity,
  gcTime: Infinity,
  retry: false,
});

/** Who is signed in. Only below the signed-in part of the router, which has read it. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

const PLATFORM_ADMIN = 'rescind:platform:admin';
const BUSINESS_ADMIN = 'rescind:business:admin';

/** Whether a session covers a scope: by name, `x:write` for `x:read`, or as an administrator. The API decides again. */
export function covers(granted: readonly string[], needed: string): boolean {
  if (granted.includes(needed) || granted.includes(PLATFORM_ADMIN)) return true;
  if (needed.endsWith(':read') && granted.includes(`${needed.slice(0, -5)}:write`)) return true;
  return needed !== PLATFORM_ADMIN && granted.includes(BUSINESS_ADMIN);
}

/** `may(scope)`: whether the one who is signed in may do what needs the scope. What they may not do is not offered. */
export function useMay(): (scope: string) => boolean {
  const { scopes } = useSession();
  return (scope) => covers(scopes, scope);
}

/** The business in the address; null on the screens of the platform. */
export function useBusinessId(): string | null {
  const { businessId } = useParams({ strict: false });
  return businessId ?? null;
}

/** The client of the API for the screen: of the business in the address, or of the platform. */
export function useApi(): Client {
  return clientOf(useBusinessId());
}
