import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';
import { buttonClass, type ButtonKind } from './button';
import { classNames } from './class-names';
import { Icon, type IconName } from './icon';

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  ref?: Ref<HTMLAnchorElement>;
}

interface TextAnchorProps extends AnchorProps {
  /** In the colour of the text around it, and underlined on hover only: where every line of a table is one. */
  isQuiet?: boolean;
}

function TextAnchor({ isQuiet, className, ...props }: TextAnchorProps) {
  return (
    <a
      {...props}
      className={classNames(
        isQuiet === true
          ? 'hover:underline'
          : 'text-accent underline decoration-1 underline-offset-2 hover:text-accent-hover',
        className,
      )}
    />
  );
}

interface ButtonAnchorProps extends AnchorProps {
  kind?: ButtonKind;
  icon?: IconName;
}

function ButtonAnchor({ kind, icon, className, children, ...props }: ButtonAnchorProps) {
  return (
    <a {...props} className={buttonClass(kind, className)}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </a>
  );
}

/** A link to a screen, in a line of text. */
export const Link = createLink(TextAnchor);
/** A link to a screen that looks like a button. */
export const LinkButton = createLink(ButtonAnchor);

/** A link to something that is no screen of the console: a file, or a page of the service. */
export function FileLink({
  href,
  download,
  children,
}: {
  href: string;
  download?: string;
  children: string;
}) {
  return (
    <TextAnchor
      href={href}
      download={download}
      target={download === undefined ? '_blank' : undefined}
      rel="noreferrer"
    >
      {children}
    </TextAnchor>
  );
}
