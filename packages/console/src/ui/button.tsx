import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Tooltip,
  TooltipTrigger,
  type ButtonProps as AriaButtonProps,
} from 'react-aria-components';
import { classNames } from './class-names';
import { Icon, type IconName } from './icon';

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger';

const KINDS: Record<ButtonKind, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover border-transparent font-medium',
  secondary: 'bg-surface text-ink hover:bg-hover border-line-strong',
  quiet: 'bg-transparent text-ink hover:bg-hover border-transparent',
  danger: 'bg-danger text-on-danger hover:bg-danger-hover border-transparent font-medium',
};

/** How a button looks; links that lead to an action look the same. */
export function buttonClass(kind: ButtonKind = 'secondary', className?: string): string {
  return classNames(
    'inline-flex h-8 shrink-0 cursor-pointer items-center justify-center gap-1.5 whitespace-nowrap rounded-md border px-3 text-sm',
    'disabled:cursor-default disabled:opacity-50 aria-disabled:cursor-default aria-disabled:opacity-50',
    KINDS[kind],
    className,
  );
}

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  kind?: ButtonKind;
  icon?: IconName;
  className?: string;
  children: ReactNode;
}

/**
 * `isPending`: the action is under way; it keeps its place and its focus, and cannot be pressed again. React Aria's own
 * would have an image without a name read aloud once its form is gone.
 */
export function Button({
  kind,
  icon,
  className,
  children,
  isPending = false,
  onPress,
  type,
  ...props
}: ButtonProps) {
  return (
    <AriaButton
      {...props}
      type={isPending && type === 'submit' ? 'button' : type}
      onPress={isPending ? undefined : onPress}
      aria-disabled={isPending || undefined}
      className={buttonClass(kind, className)}
    >
      {isPending ? <Spinner /> : icon !== undefined && <Icon name={icon} />}
      {children}
      {isPending && (
        <span role="status" className="sr-only">
          under way
        </span>
      )}
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'aria-label'> {
  icon: IconName;
  /** Its name for everybody: read aloud, and shown on hover and focus. */
  label: string;
  /** Inside a line of text or a table. */
  isSmall?: boolean;
  className?: string;
}

export function IconButton({ icon, label, isSmall = false, className, ...props }: IconButtonProps) {
  return (
    <TooltipTrigger delay={400}>
      <AriaButton
        {...props}
        aria-label={label}
        className={classNames(
          isSmall ? 'size-6' : 'size-8',
          'inline-flex shrink-0 cursor-pointer items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink disabled:cursor-default disabled:opacity-50',
          className,
        )}
      >
        <Icon name={icon} size={isSmall ? 14 : 16} />
      </AriaButton>
      <Tip>{label}</Tip>
    </TooltipTrigger>
  );
}

/** The words of a tooltip; inside a `TooltipTrigger`. */
function Tip({ children }: { children: ReactNode }) {
  return (
    <Tooltip offset={6} className="max-w-80 rounded-md bg-ink px-2 py-1 text-xs text-ground">
      {children}
    </Tooltip>
  );
}

export function Spinner({ size = 14 }: { size?: number }) {
  return (
    <svg
      aria-hidden="true"
      className="animate-spin"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
    >
      <circle cx="8" cy="8" r="6" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
