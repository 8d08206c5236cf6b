import { covers, type Session } from '../api/session';
import type { IconName } from '../ui/icon';

/** A screen that the navigation leads to. */
export interface Destination {
  label: string;
  icon: IconName;
  /** The second key of its shortcut, after `g`. */
  key: string;
  /** What the role must allow; null: any session will do. */
  scope: string | null;
  path: string;
}

const BUSINESS: readonly Destination[] = [
  { label: 'Overview', icon: 'overview', key: 'o', scope: 'rescind:tokens:read', path: 'overview' },
  { label: 'Tokens', icon: 'key', key: 't', scope: 'rescind:tokens:read', path: 'tokens' },
  { label: 'Revocations', icon: 'revoke', key: 'r', scope: 'rescind:tokens:read', path: 'revocations' },
  { label: 'Members', icon: 'members', key: 'm', scope: 'rescind:members:read', path: 'members' },
  { label: 'Identities', icon: 'identity', key: 'i', scope: 'rescind:members:read', path: 'identities' },
  { label: 'Audit log', icon: 'audit', key: 'a', scope: 'rescind:audit:read', path: 'audit' },
  { label: 'Retention', icon: 'retention', key: 'e', scope: 'rescind:audit:read', path: 'retention' },
  { label: 'Sessions', icon: 'session', key: 's', scope: null, path: 'sessions' },
];

const PLATFORM_SCOPE = 'rescind:platform:admin';
const PLATFORM: readonly Destination[] = [
  { label: 'Overview', icon: 'overview', key: 'o', scope: PLATFORM_SCOPE, path: 'overview' },
  { label: 'Businesses', icon: 'business', key: 'b', scope: PLATFORM_SCOPE, path: 'businesses' },
  { label: 'Platform tokens', icon: 'key', key: 'p', scope: PLATFORM_SCOPE, path: 'tokens' },
  { label: 'Revocations', icon: 'revoke', key: 'r', scope: PLATFORM_SCOPE, path: 'revocations' },
  { label: 'Verifiers', icon: 'verifier', key: 'v', scope: PLATFORM_SCOPE, path: 'verifiers' },
  { label: 'Audit log', icon: 'audit', key: 'a', scope: PLATFORM_SCOPE, path: 'audit' },
  { label: 'Retention', icon: 'retention', key: 'e', scope: PLATFORM_SCOPE, path: 'retention' },
  { label: 'Sessions', icon: 'session', key: 's', scope: null, path: 'sessions' },
];

/**
 * Where the one who is signed in may go: the screens of the business in the address, or of the platform.
 * @param businessId null: the platform
 * @returns each with its whole path below /console
 */
export function destinationsFor({ scopes }: Session, businessId: string | null): Destination[] {
  const [list, base] = businessId === null ? [PLATFORM, '/platform'] : [BUSINESS, `/b/${businessId}`];
  return list
    .filter(({ scope }) => scope === null || covers(scopes, scope))
    .map((destination) => ({ ...destination, path: `${base}/${destination.path}` }));
}

/** Where a session begins. */
export function homeOf(session: Session): string {
  const destinations = destinationsFor(session, session.business?.id ?? null);
  return destinations[0]?.path ?? '/';
}
