import { Switch as AriaSwitch, type SwitchProps as AriaSwitchProps } from 'react-aria-components';
import { classNames } from './class-names';

interface SwitchProps extends Omit<AriaSwitchProps, 'className' | 'children'> {
  children: string;
  className?: string;
}

/** On or off, at once. */
export function Switch({ children, className, ...props }: SwitchProps) {
  return (
    <AriaSwitch
      {...props}
      className={classNames(
        'group flex h-8 cursor-pointer items-center gap-2 text-sm data-disabled:opacity-50',
        className,
      )}
    >
      <span
        className={classNames(
          'flex h-4.5 w-8 items-center rounded-full border border-line-strong bg-sunken px-0.5 transition-colors',
          'group-data-selected:border-accent group-data-selected:bg-accent',
          'group-data-focus-visible:outline-2 group-data-focus-visible:outline-offset-2 group-data-focus-visible:outline-accent',
        )}
      >
        <span className="size-3 rounded-full bg-line-strong transition-transform group-data-selected:translate-x-3.5 group-data-selected:bg-on-accent" />
      </span>
      {children}
    </AriaSwitch>
  );
}
