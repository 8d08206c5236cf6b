import { useQuery } from '@tanstack/react-query';
import { Link as RouterLink, useLocation, useRouter } from '@tanstack/react-router';
import { useState, type MouseEvent, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { clientOf } from '../api/client';
import { sentenceOf } from '../api/errors';
import { getBusiness } from '../api/generated/sdk.gen';
import { useBusinessId, useMay, useSession } from '../api/session';
import { useStore } from '../api/store';
import { IconButton } from '../ui/button';
import { classNames } from '../ui/class-names';
import { Icon, type IconName } from '../ui/icon';
import { Logo } from '../ui/logo';
import { Menu } from '../ui/menu';
import { Notice } from '../ui/states';
import { chooseTheme, themeChoice, type ThemeChoice } from '../ui/theme';
import { signOut } from './leave';
import type { Destination } from './navigation';

const THEMES: readonly [ThemeChoice, string, IconName][] = [
  ['system', 'As the system', 'session'],
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
];

const METHODS = { token: 'token', oidc: 'single sign-on', recovery_code: 'recovery code' } as const;

interface SidebarProps {
  destinations: readonly Destination[];
  onPalette: () => void;
  onHelp: () => void;
  /** A screen was chosen. */
  onGone: () => void;
}

export function Sidebar({ destinations, onPalette, onHelp, onGone }: SidebarProps) {
  return (
    <div className="flex w-52 shrink-0 flex-col gap-3 overflow-auto border-r border-line bg-surface px-2 py-3 text-sm">
      <header className="flex flex-col gap-3">
        <Place />
        <Button
          onPress={onPalette}
          className="mx-1 flex h-8 shrink-0 cursor-pointer items-center gap-2 rounded-md border border-line bg-ground px-2 text-muted hover:bg-hover"
        >
          <Icon name="search" size={14} />
          <span className="grow text-left">Go to…</span>
          <kbd className="font-sans text-xs">Ctrl K</kbd>
        </Button>
      </header>
      <nav aria-label="Screens" className="grow">
        <ul className="flex flex-col gap-px">
          {destinations.map(({ label, icon, path }) => (
            <li key={path}>
              <ScreenLink path={path} onGone={onGone}>
                <Icon name={icon} />
                {label}
              </ScreenLink>
            </li>
          ))}
        </ul>
      </nav>
      <Person onHelp={onHelp} />
    </div>
  );
}

/**
 * A link to a screen of the navigation, which is there on every first picture: a plain one, as those of the router are
 * slow to make. Its script is fetched when somebody is about to follow it.
 */
function ScreenLink({ path, onGone, children }: { path: string; onGone: () => void; children: ReactNode }) {
  const router = useRouter();
  const isHere = useLocation({ select: ({ pathname }) => `${pathname}/`.startsWith(`${path}/`) });
  const prepare = () => void router.preloadRoute({ to: path }).catch(() => undefined);
  const follow = (event: MouseEvent) => {
    onGone();
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void router.navigate({ to: path });
  };
  return (
    <a
      href={`/console${path}`}
      aria-current={isHere ? 'page' : undefined}
      onClick={follow}
      onPointerEnter={prepare}
      onFocus={prepare}
      className={classNames(
        'flex h-8 items-center gap-2.5 rounded-md px-2.5 hover:bg-hover',
        isHere ? 'bg-accent-ground font-medium text-accent' : 'text-ink',
      )}
    >
      {children}
    </a>
  );
}

/** Whose screens these are; the platform sees the way back to its own. */
function Place() {
  const session = useSession();
  const businessId = useBusinessId();
  const isPlatform = useMay()('rescind:platform:admin');
  const foreign = useQuery({
    queryKey: ['platform', 'businesses', businessId],
    queryFn: ({ signal }) =>
      getBusiness({ client: clientOf(null), path: { business_id: businessId ?? '' }, signal }),
    enabled: isPlatform && businessId !== null && session.business === null,
  });
  const name = businessId === null ? 'Platform' : (session.business?.name ?? foreign.data?.name ?? '…');
  return (
    <div className="flex min-h-10 items-center gap-2.5 px-2">
      <Logo />
      <div className="min-w-0 leading-tight">
        <p className="truncate font-semibold" title={name}>
          <bdi>{name}</bdi>
        </p>
        {isPlatform && businessId !== null ? (
          <RouterLink to="/platform/businesses" className="text-xs text-muted hover:text-ink">
            ← all businesses
          </RouterLink>
        ) : (
          <p className="text-xs text-muted">Rescind</p>
        )}
      </div>
    </div>
  );
}

function Person({ onHelp }: { onHelp: () => void }) {
  const { person, role, signed_in_with } = useSession();
  const theme = useStore(themeChoice);
  const [problem, setProblem] = useState<string | null>(null);
  const leave = () => signOut().catch((error: unknown) => setProblem(sentenceOf(error)));
  return (
    <footer className="flex flex-col gap-2">
      {problem !== null && <Notice tone="danger">{problem}</Notice>}
      <div className="flex items-center gap-1 border-t border-line pt-2">
        <Menu
          label="You"
          trigger={
            <Button className="flex min-w-0 grow cursor-pointer items-center gap-2 rounded-md px-2 py-1 text-left hover:bg-hover">
              <span className="min-w-0 grow leading-tight">
                <bdi className="block truncate font-medium">{person.name}</bdi>
                <span className="block truncate text-xs text-muted">
                  {person.name === role ? '' : `${role} · `}
                  {METHODS[signed_in_with]}
                </span>
              </span>
              <Icon name="up" size={12} />
            </Button>
          }
          groups={[
            THEMES.map(([choice, label, icon]) => ({
              id: choice,
              label,
              icon,
              isChecked: theme === choice,
              onAction: () => chooseTheme(choice),
            })),
            [{ id: 'sign-out', label: 'Sign out', icon: 'sign-out', onAction: () => void leave() }],
          ]}
        />
        <IconButton icon="keyboard" label="Keyboard shortcuts" onPress={onHelp} />
      </div>
    </footer>
  );
}
