import { useId, type ReactNode } from 'react';
import { Input, TextField } from 'react-aria-components';
import { classNames } from './class-names';
import { FieldHelp, FieldLabel, FieldProblem, INPUT_CLASS } from './field';
import type { Option } from './select';

interface ComboProps {
  label: string;
  description?: ReactNode;
  error?: ReactNode;
  placeholder?: string;
  options: readonly Option<string>[];
  /** What is typed or chosen; of an option, its value. */
  value: string;
  onChange: (value: string) => void;
  className?: string;
}

/** One of many, found by typing. What is typed counts as well: not everything can be listed. */
export function Combo({
  label,
  description,
  error,
  placeholder,
  options,
  value,
  onChange,
  className,
}: ComboProps) {
  const list = useId();
  return (
    <TextField
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined && error !== null}
      autoComplete="off"
      className={classNames('flex flex-col gap-1', className)}
    >
      <FieldLabel>{label}</FieldLabel>
      <Input list={list} placeholder={placeholder} className={INPUT_CLASS} />
      <datalist id={list}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.description ?? option.label}
          </option>
        ))}
      </datalist>
      {description !== undefined && <FieldHelp>{description}</FieldHelp>}
      <FieldProblem>{error}</FieldProblem>
    </TextField>
  );
}
