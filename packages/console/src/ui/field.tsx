import type { ReactNode, Ref } from 'react';
import {
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup as AriaRadioGroup,
  SearchField as AriaSearchField,
  Button,
  Text,
  TextArea,
  TextField,
  type CheckboxProps,
  type RadioGroupProps,
  type SearchFieldProps as AriaSearchFieldProps,
  type TextFieldProps,
} from 'react-aria-components';
import { holdsSecret, SECRET_TYPED } from '../api/secrets';
import { classNames } from './class-names';
import { Icon } from './icon';

/** How a box to type in looks. */
export const INPUT_CLASS =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink placeholder:text-muted invalid:border-danger data-invalid:border-danger disabled:opacity-50';

export function FieldLabel({ children }: { children: ReactNode }) {
  return <Label className="text-sm font-medium">{children}</Label>;
}

export function FieldHelp({ children }: { children: ReactNode }) {
  return (
    <Text slot="description" className="text-xs text-muted">
      {children}
    </Text>
  );
}

export function FieldProblem({ children }: { children?: ReactNode }) {
  return <FieldError className="text-xs text-danger">{children}</FieldError>;
}

interface FieldProps extends Omit<TextFieldProps, 'className' | 'children'> {
  label: ReactNode;
  description?: ReactNode;
  /** What is wrong with the value; the field is marked as invalid. */
  error?: ReactNode;
  placeholder?: string;
  /** Several lines, so many at first. */
  rows?: number;
  /** For what is compared character by character: ids, addresses, codes. */
  mono?: boolean;
  className?: string;
  inputRef?: Ref<HTMLInputElement>;
}

/** One value with its label, and what is to be known about it. */
export function Field({
  label,
  description,
  error,
  placeholder,
  rows,
  mono,
  className,
  inputRef,
  ...props
}: FieldProps) {
  const look = classNames(INPUT_CLASS, mono && 'font-mono');
  return (
    <TextField
      // A value that was refused may be sent again: the browser's own validation would keep it from that.
      validationBehavior="aria"
      {...props}
      isInvalid={error !== undefined && error !== null ? true : props.isInvalid}
      className={classNames('flex flex-col gap-1', className)}
    >
      <FieldLabel>{label}</FieldLabel>
      {rows === undefined ? (
        <Input ref={inputRef} placeholder={placeholder} className={look} />
      ) : (
        <TextArea rows={rows} placeholder={placeholder} className={classNames(look, 'h-auto py-1.5')} />
      )}
      {description !== undefined && <FieldHelp>{description}</FieldHelp>}
      <FieldProblem>{error}</FieldProblem>
    </TextField>
  );
}

interface SearchFieldProps extends Omit<AriaSearchFieldProps, 'className' | 'children'> {
  /** Its name; not shown, the placeholder is. */
  label: string;
  placeholder?: string;
  /** The search of the screen: `/` leads to it. */
  isMain?: boolean;
  className?: string;
}

/** What is typed comes into an address: a secret is not searched for, and the field says so. */
export function SearchField({ label, placeholder, isMain, className, ...props }: SearchFieldProps) {
  const isSecret = holdsSecret(props.value ?? '');
  return (
    <AriaSearchField
      {...props}
      isInvalid={isSecret}
      aria-label={label}
      className={classNames('group relative', className)}
    >
      <Icon name="search" className="pointer-events-none absolute left-2.5 top-2 text-muted" />
      <Input
        placeholder={placeholder ?? label}
        data-main-search={isMain ? '' : undefined}
        className={classNames(INPUT_CLASS, 'px-8 [&::-webkit-search-cancel-button]:hidden')}
      />
      <Button
        aria-label="Clear"
        className="absolute right-1 top-1 grid size-6 cursor-pointer place-items-center rounded text-muted hover:bg-hover group-data-empty:hidden"
      >
        <Icon name="close" size={12} />
      </Button>
      <FieldProblem>{isSecret ? SECRET_TYPED : undefined}</FieldProblem>
    </AriaSearchField>
  );
}

export function Checkbox({
  children,
  className,
  ...props
}: Omit<CheckboxProps, 'className' | 'children'> & { children?: ReactNode; className?: string }) {
  return (
    <AriaCheckbox
      {...props}
      className={classNames('group flex cursor-pointer items-start gap-2 text-sm', className)}
    >
      {({ isSelected, isIndeterminate }) => (
        <>
          <span
            className={classNames(
              'mt-0.5 grid size-4 shrink-0 place-items-center rounded border',
              'group-data-focus-visible:outline-2 group-data-focus-visible:outline-offset-2 group-data-focus-visible:outline-accent',
              isSelected || isIndeterminate
                ? 'border-accent bg-accent text-on-accent'
                : 'border-line-strong bg-surface',
            )}
          >
            {isIndeterminate ? (
              <Icon name="minus" size={12} />
            ) : (
              isSelected && <Icon name="check" size={12} />
            )}
          </span>
          {children !== undefined && <span>{children}</span>}
        </>
      )}
    </AriaCheckbox>
  );
}

export interface Choice<Value extends string> {
  value: Value;
  label: ReactNode;
  description?: ReactNode;
}

interface ChoicesProps<Value extends string> extends Omit<
  RadioGroupProps,
  'className' | 'children' | 'value' | 'onChange'
> {
  label: ReactNode;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}

/** One of a few, all of them seen. */
export function Choices<Value extends string>({ label, choices, onChange, ...props }: ChoicesProps<Value>) {
  return (
    <AriaRadioGroup
      {...props}
      onChange={(value) => onChange(value as Value)}
      className="flex flex-col gap-1.5"
    >
      <FieldLabel>{label}</FieldLabel>
      {choices.map((choice) => (
        <Radio
          key={choice.value}
          value={choice.value}
          className="group flex cursor-pointer items-start gap-2 text-sm"
        >
          <span className="mt-0.5 grid size-4 shrink-0 place-items-center rounded-full border border-line-strong bg-surface group-data-focus-visible:outline-2 group-data-focus-visible:outline-offset-2 group-data-focus-visible:outline-accent group-data-selected:border-[5px] group-data-selected:border-accent" />
          <span className="flex flex-col">
            {choice.label}
            {choice.description !== undefined && (
              <span className="text-xs text-muted">{choice.description}</span>
            )}
          </span>
        </Radio>
      ))}
    </AriaRadioGroup>
  );
}
