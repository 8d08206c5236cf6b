import {
  createRootRoute,
  createRoute,
  createRouter,
  redirect,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';
import { oneOf, readAddress, writeAddress } from './api/address';
import { lostSince } from './api/connection';
import { ApiError } from './api/errors';
import { queryClient } from './api/query-client';
import { sessionQuery } from './api/session';
import { useStore } from './api/store';
import { SCREENS } from './scripts';
import Layout from './shell/layout';
import { lazyScreen } from './shell/lazy-screen';
import { homeOf } from './shell/navigation';
import { readAuditSearch } from './screens/audit/search';
import { readIdentitiesSearch } from './screens/identities/search';
import { readMembersSearch } from './screens/members/search';
import { readPlanSearch } from './screens/revocation-plan/search';
import { readTokensSearch } from './screens/tokens/search';
import { Failure, Loading, NotFound } from './ui/states';

const root = createRootRoute({ notFoundComponent: () => <NotFound /> });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ({ return_to, ended, error }: Record<string, unknown>) => ({
    return_to: typeof return_to === 'string' ? return_to : undefined,
    ended: oneOf(['expired', 'signed-out'], ended),
    error: typeof error === 'string' ? error : undefined,
  }),
  component: lazyScreen(SCREENS['sign-in']),
});

/** Everything else is for whoever is signed in; `beforeLoad` reads who that is. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async () => ({ session: await queryClient.ensureQueryData(sessionQuery).catch(leaveOr) }),
  component: Layout,
  errorComponent: Fault,
});

/** Without a session the page is on its way to the sign-in, and shows nothing until it is there. */
function leaveOr(error: unknown): Promise<never> {
  if (error instanceof ApiError && error.status === 401) return new Promise(() => undefined);
  throw error;
}

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad: ({ context }) => redirect({ to: homeOf(context.session), replace: true, throw: true }),
});

const business = createRoute({ getParentRoute: () => signedIn, path: '/b/$businessId' });
const businessScreens = [
  createRoute({
    getParentRoute: () => business,
    path: '/overview',
    component: lazyScreen(SCREENS.overview),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/tokens',
    validateSearch: readTokensSearch,
    component: lazyScreen(SCREENS.tokens),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/tokens/new',
    component: lazyScreen(SCREENS.issue),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/tokens/$tokenId',
    component: lazyScreen(SCREENS.token),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/revocations',
    component: lazyScreen(SCREENS.revocations),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/revocations/new',
    validateSearch: readPlanSearch,
    component: lazyScreen(SCREENS['revocation-plan']),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/revocations/$revocationId',
    component: lazyScreen(SCREENS.revocation),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/members',
    validateSearch: readMembersSearch,
    component: lazyScreen(SCREENS.members),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/identities',
    validateSearch: readIdentitiesSearch,
    component: lazyScreen(SCREENS.identities),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/roles',
    component: lazyScreen(SCREENS.roles),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/audit',
    validateSearch: readAuditSearch,
    component: lazyScreen(SCREENS.audit),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/retention',
    component: lazyScreen(SCREENS.retention),
  }),
  createRoute({
    getParentRoute: () => business,
    path: '/sessions',
    component: lazyScreen(SCREENS.sessions),
  }),
] as const;

const platform = createRoute({ getParentRoute: () => signedIn, path: '/platform' });
const platformScreens = [
  createRoute({
    getParentRoute: () => platform,
    path: '/overview',
    component: lazyScreen(SCREENS.overview),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/businesses',
    validateSearch: ({ name }: Record<string, unknown>): { name?: string } =>
      typeof name === 'string' && name.trim() !== '' ? { name } : {},
    component: lazyScreen(SCREENS.businesses),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/tokens',
    component: lazyScreen(SCREENS['platform-tokens']),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/revocations',
    component: lazyScreen(SCREENS.revocations),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/revocations/new',
    validateSearch: readPlanSearch,
    component: lazyScreen(SCREENS['revocation-plan']),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/revocations/$revocationId',
    component: lazyScreen(SCREENS.revocation),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/verifiers',
    component: lazyScreen(SCREENS.verifiers),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/audit',
    validateSearch: readAuditSearch,
    component: lazyScreen(SCREENS.audit),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/retention',
    component: lazyScreen(SCREENS.retention),
  }),
  createRoute({
    getParentRoute: () => platform,
    path: '/sessions',
    component: lazyScreen(SCREENS.sessions),
  }),
] as const;

/** Something failed before a screen could say so itself. What had no connection is tried again when there is one. */
function Fault({ error, reset }: ErrorComponentProps) {
  const lost = useStore(lostSince);
  const isLost = error instanceof ApiError && error.isConnectionLost;
  const retry = useCallback(
    () => void Promise.all([loadScripts(), router.invalidate()]).then(reset, () => undefined),
    [reset],
  );
  useEffect(() => {
    if (isLost && lost === null) retry();
  }, [isLost, lost, retry]);
  return <Failure error={error} onRetry={retry} />;
}

/** Fetches the scripts of the screens that the address names. */
export async function loadScripts(): Promise<void> {
  await Promise.all(
    router.matchRoutes(router.latestLocation).map(async ({ routeId }) => {
      const { component } = router.routesById[routeId as keyof typeof router.routesById].options;
      if (component !== undefined && 'preload' in component) await component.preload?.();
    }),
  );
}

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    signedIn.addChildren([
      home,
      business.addChildren([...businessScreens]),
      platform.addChildren([...platformScreens]),
    ]),
  ]),
  basepath: '/console',
  // Addresses are read by people too: no quotes, no JSON. Every value is a text.
  parseSearch: readAddress,
  stringifySearch: writeAddress,
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: Fault,
  defaultNotFoundComponent: () => <NotFound />,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
