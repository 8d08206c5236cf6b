import { useEffect, type ReactNode } from 'react';
import { classNames } from './class-names';

interface PageProps {
  title: string;
  /** In place of the title, where it is more than a text. */
  heading?: ReactNode;
  /** Above the title: where it belongs to. */
  above?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  /** The page has the height of the window and scrolls inside: for a long table. */
  isFilling?: boolean;
  children: ReactNode;
}

/** A screen: its title, what can be done, its content. The title is also the window's. */
export function Page({ title, heading, above, lead, actions, isFilling = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Rescind`;
  }, [title]);
  return (
    <div className={classNames('h-full min-h-0', !isFilling && 'overflow-y-auto [scrollbar-gutter:stable]')}>
      <div
        className={classNames(
          'flex flex-col gap-5 px-4 py-5 md:px-6',
          isFilling ? 'h-full min-h-0' : 'mx-auto w-full max-w-6xl',
        )}
      >
        <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
          <div className="flex min-w-0 flex-col gap-0.5">
            {above !== undefined && <div className="text-sm text-muted">{above}</div>}
            <h1 className="flex min-w-0 flex-wrap items-center gap-2.5 text-xl font-semibold tracking-tight">
              {heading ?? title}
            </h1>
            {lead !== undefined && <p className="max-w-prose text-sm text-muted">{lead}</p>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}

/** A part of a page with a title of its own. */
export function Section({
  title,
  actions,
  children,
  isFlush = false,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  isFlush?: boolean;
}) {
  return (
    <section aria-label={title} className="card flex min-w-0 flex-col">
      <header className="flex min-h-10 items-center justify-between gap-4 border-b border-line px-4 py-1">
        <h2 className="text-sm font-semibold">{title}</h2>
        {actions}
      </header>
      <div className={classNames('flex min-w-0 flex-col', !isFlush && 'gap-3 p-4')}>{children}</div>
    </section>
  );
}

export interface Fact {
  name: string;
  value: ReactNode;
}

/** Names and values of one thing. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,max-content)_minmax(0,1fr)] items-start gap-x-6 gap-y-2 text-sm">
      {facts.map(({ name, value }) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What stands where there is no value. */
export function None({ children = 'none' }: { children?: string }) {
  return <span className="text-muted">{children}</span>;
}
