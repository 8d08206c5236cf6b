import type { ReactNode } from 'react';
import { ApiError, sentenceOf } from '../api/errors';
import { Button, Spinner } from './button';
import { classNames } from './class-names';
import { Icon, type IconName } from './icon';

const TONES = {
  info: ['border-line bg-sunken text-ink', 'info'],
  good: ['border-transparent bg-good-ground text-good', 'check'],
  warn: ['border-transparent bg-warn-ground text-warn', 'alert'],
  danger: ['border-transparent bg-danger-ground text-danger', 'alert'],
} as const satisfies Record<string, readonly [string, IconName]>;

/** Something to be known here. `danger` and `warn` are read aloud at once. */
export function Notice({
  tone = 'info',
  title,
  children,
  action,
}: {
  tone?: keyof typeof TONES;
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  const [look, icon] = TONES[tone];
  return (
    <div
      role={tone === 'danger' || tone === 'warn' ? 'alert' : 'status'}
      className={classNames('flex items-start gap-2.5 rounded-md border px-3 py-2 text-sm', look)}
    >
      <Icon name={icon} className="mt-0.5 shrink-0" />
      <div className="flex min-w-0 grow flex-col">
        {title !== undefined && <strong className="font-semibold">{title}</strong>}
        {children !== undefined && <div className="min-w-0 wrap-anywhere">{children}</div>}
      </div>
      {action}
    </div>
  );
}

function Whole({
  icon,
  title,
  children,
  action,
  role,
}: {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  role?: 'alert' | 'status';
}) {
  return (
    <div role={role} className="mx-auto flex max-w-md flex-col items-center gap-2 px-4 py-14 text-center">
      <span className="mb-1 grid size-9 place-items-center rounded-full bg-sunken text-muted">{icon}</span>
      <p className="text-base font-semibold">{title}</p>
      {children !== undefined && <div className="text-sm text-muted">{children}</div>}
      {action !== undefined && <div className="mt-3 flex gap-2">{action}</div>}
    </div>
  );
}

/** There is nothing, and that is no fault: says why, and what can be done. */
export function Empty({
  icon = 'info',
  title,
  children,
  action,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Whole icon={<Icon name={icon} />} title={title} action={action}>
      {children}
    </Whole>
  );
}

/** It is being read. `label` says what. Shown late, so that a quick answer does not flicker. */
export function Loading({ label = 'Loading' }: { label?: string }) {
  return (
    <div
      role="status"
      aria-label={label}
      className="appear-late flex items-center justify-center gap-2 py-14 text-sm text-muted"
    >
      <Spinner />
      {label}…
    </div>
  );
}

/** The service refuses it to this person. */
export function Forbidden({ children }: { children?: ReactNode }) {
  return (
    <Whole icon={<Icon name="forbidden" />} title="You may not see this" role="alert">
      {children ?? 'Your role does not allow it. An owner or admin of the business can change that.'}
    </Whole>
  );
}

export function NotFound({ children, action }: { children?: ReactNode; action?: ReactNode }) {
  return (
    <Whole icon={<Icon name="search" />} title="There is nothing here" role="alert" action={action}>
      {children ?? 'It does not exist, or it belongs to a business that you do not.'}
    </Whole>
  );
}

/** An error in place of what was asked for: forbidden, not found, no connection, or a fault, each in its own words. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error instanceof ApiError && error.isForbidden) return <Forbidden>{error.message}</Forbidden>;
  if (error instanceof ApiError && error.isNotFound) return <NotFound />;
  const isLost = error instanceof ApiError && error.isConnectionLost;
  const retry = onRetry === undefined ? undefined : <Button onPress={onRetry}>Try again</Button>;
  return (
    <Whole
      icon={<Icon name={isLost ? 'offline' : 'alert'} />}
      title={isLost ? 'No connection' : 'This could not be read'}
      role="alert"
      action={retry}
    >
      <p>{sentenceOf(error)}</p>
      {error instanceof ApiError && error.requestId !== null && (
        <p className="mt-1 font-mono text-xs">request {error.requestId}</p>
      )}
    </Whole>
  );
}
