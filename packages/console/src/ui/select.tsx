import type { ReactNode } from 'react';
import {
  Button,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
} from 'react-aria-components';
import { classNames } from './class-names';
import { FieldHelp, FieldLabel, INPUT_CLASS } from './field';
import { Icon } from './icon';

export interface Option<Value extends string> {
  value: Value;
  label: string;
  description?: string;
}

interface SelectProps<Value extends string> {
  label: string;
  /** The label is read aloud and not shown: for a row of filters, where the value says what it is about. */
  isLabelHidden?: boolean;
  description?: ReactNode;
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  isDisabled?: boolean;
  className?: string;
}

export const OPTION_CLASS =
  'flex cursor-pointer items-center gap-2 rounded px-2 py-1 text-sm outline-none data-focused:bg-hover data-disabled:opacity-50';

/** One of many. */
export function Select<Value extends string>({
  label,
  isLabelHidden = false,
  description,
  options,
  value,
  onChange,
  isDisabled,
  className,
}: SelectProps<Value>) {
  return (
    <AriaSelect
      aria-label={isLabelHidden ? label : undefined}
      isDisabled={isDisabled}
      value={value}
      onChange={(key) => onChange(key as Value)}
      className={classNames('flex flex-col gap-1', className)}
    >
      {!isLabelHidden && <FieldLabel>{label}</FieldLabel>}
      <Button
        className={classNames(
          INPUT_CLASS,
          'flex cursor-pointer items-center justify-between gap-2 text-left',
        )}
      >
        <SelectValue className="truncate">{({ selectedText }) => selectedText}</SelectValue>
        <Icon name="down" size={12} className="shrink-0 text-muted" />
      </Button>
      {description !== undefined && <FieldHelp>{description}</FieldHelp>}
      <Popover offset={4} className="floating max-h-80 min-w-(--trigger-width) overflow-auto p-1">
        <ListBox items={options} className="outline-none">
          {(option) => (
            <ListBoxItem id={option.value} textValue={option.label} className={OPTION_CLASS}>
              {({ isSelected }) => (
                <>
                  <span className="w-3.5 text-accent">{isSelected && <Icon name="check" size={14} />}</span>
                  <span className="flex flex-col">
                    {option.label}
                    {option.description !== undefined && (
                      <span className="text-xs text-muted">{option.description}</span>
                    )}
                  </span>
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
