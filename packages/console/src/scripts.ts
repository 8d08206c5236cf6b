import type { ComponentType } from 'react';
import type { ScreenName } from './api/places';

/** The scripts of the screens, each loaded when it is needed. */
export const SCREENS = {
  'sign-in': () => import('./screens/sign-in'),
  overview: () => import('./screens/overview'),
  tokens: () => import('./screens/tokens'),
  issue: () => import('./screens/issue'),
  token: () => import('./screens/token'),
  revocations: () => import('./screens/revocations'),
  'revocation-plan': () => import('./screens/revocation-plan'),
  revocation: () => import('./screens/revocation'),
  members: () => import('./screens/members'),
  identities: () => import('./screens/identities'),
  roles: () => import('./screens/roles'),
  audit: () => import('./screens/audit'),
  retention: () => import('./screens/retention'),
  sessions: () => import('./screens/sessions'),
  businesses: () => import('./screens/businesses'),
  'platform-tokens': () => import('./screens/platform-tokens'),
  verifiers: () => import('./screens/verifiers'),
} satisfies Record<ScreenName, () => Promise<{ default: ComponentType }>>;
