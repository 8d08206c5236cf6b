import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { readScript } from '../api/read-script';
import { useBusinessId, useSession } from '../api/session';
import { IconButton } from '../ui/button';
import { OfflineBanner } from '../ui/offline-banner';
import { Forbidden } from '../ui/states';
import { destinationsFor } from './navigation';
import { useKeptFocus, whenGiven } from './kept-focus';

import { useSessionEnd, useSessionWhileWatched } from './session-end';
import { Sidebar } from './sidebar';
import { useShortcuts } from './shortcuts';

const SCRIPTS = {
  palette: () => import('./palette'),
  help: () => import('./help'),
  screens: () => import('./drawer'),
};
const Palette = lazy(SCRIPTS.palette);
const Help = lazy(SCRIPTS.help);
const Drawer = lazy(SCRIPTS.screens);

/** Around every screen of a session: where one may go, what holds everywhere, the keys. */
export default function Layout() {
  const session = useSession();
  const businessId = useBusinessId();
  const navigate = useNavigate();
  const [open, setOpen] = useState<keyof typeof SCRIPTS | null>(null);
  const destinations = useMemo(() => destinationsFor(session, businessId), [session, businessId]);
  const close = useCallback(() => setOpen(null), []);
  const go = useCallback((path: string) => void navigate({ to: path }), [navigate]);
  // Opened once it is there: without a connection nothing opens, and the banner says why.
  const show = useCallback(
    (what: keyof typeof SCRIPTS) =>
      void readScript<unknown>(SCRIPTS[what]).then(
        () => setOpen(what),
        () => undefined,
      ),
    [],
  );
  const onPalette = useCallback(() => show('palette'), [show]);
  const onHelp = useCallback(() => show('help'), [show]);
  useShortcuts({
    onPalette,
    onHelp,
    onGo: useCallback(
      (key: string) => {
        const destination = destinations.find((each) => each.key === key);
        if (destination !== undefined) go(destination.path);
        return destination !== undefined;
      },
      [destinations, go],
    ),
  });
  useSessionWhileWatched();
  useKeptFocus();
  useSessionEnd();
  const sidebar = (
    <Sidebar destinations={destinations} onPalette={onPalette} onHelp={onHelp} onGone={close} />
  );
  return (
    <div className="flex h-dvh flex-col">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-accent focus:p-2 focus:text-on-accent"
      >
        Skip to the content
      </a>
      <OfflineBanner />
      <div className="flex items-center gap-2 border-b border-line bg-surface px-2 py-1 md:hidden">
        <IconButton icon="menu" label="Screens" onPress={() => show('screens')} />
        <span className="font-semibold">Rescind</span>
      </div>
      <div className="flex min-h-0 grow">
        <div className="hidden md:flex">{sidebar}</div>
        <Content isForeign={session.business !== null && session.business.id !== businessId} />
      </div>
      <Suspense>
        {open === 'screens' && <Drawer onClose={close}>{sidebar}</Drawer>}
        {open === 'palette' && <Palette destinations={destinations} onGo={go} onClose={close} />}
        {open === 'help' && <Help destinations={destinations} onClose={close} />}
      </Suspense>
    </div>
  );
}

/** A new screen takes the focus, so that the next key and the next word read aloud are of it. */
function Content({ isForeign }: { isForeign: boolean }) {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const shown = useRef(path);
  useEffect(() => {
    const before = shown.current;
    shown.current = path;
    if (before === undefined || before === path) return;
    whenGiven(() => {
      if (document.activeElement?.closest('#content, [role=dialog], [role=alertdialog]') === null)
        document.getElementById('content')?.focus({ preventScroll: true });
    });
  }, [path]);
  return (
    <main id="content" tabIndex={-1} className="min-w-0 grow overflow-hidden outline-none">
      {isForeign ? (
        <Forbidden>This address is not of your business. Your own screens are beside it.</Forbidden>
      ) : (
        <Outlet />
      )}
    </main>
  );
}
