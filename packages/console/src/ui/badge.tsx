import type { ReactNode } from 'react';
import { classNames } from './class-names';

export type Tone = 'neutral' | 'good' | 'warn' | 'danger' | 'accent';

const TONES: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted',
  good: 'bg-good-ground text-good',
  warn: 'bg-warn-ground text-warn',
  danger: 'bg-danger-ground text-danger',
  accent: 'bg-accent-ground text-accent',
};

/** One word about a thing: its state, its kind. */
export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={classNames(
        'inline-flex items-center rounded px-1.5 text-xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

/** A scope, as it is written. */
export function Scope({ children }: { children: string }) {
  return (
    <code className="inline-block max-w-full truncate rounded border border-line bg-sunken px-1.5 font-mono text-xs leading-[1.125rem] text-ink">
      {children}
    </code>
  );
}
