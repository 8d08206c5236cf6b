import { Field } from './field';

/** Why something is ended. It stays for good, so that is said. */
export function ReasonField({
  value,
  onChange,
  isRequired = false,
  autoFocus = false,
  error,
}: {
  value: string;
  onChange: (value: string) => void;
  isRequired?: boolean;
  autoFocus?: boolean;
  error?: string;
}) {
  return (
    <Field
      label={isRequired ? 'Reason' : 'Reason (optional)'}
      description="Kept for good, with the record and in the audit log."
      placeholder="laptop stolen"
      maxLength={1024}
      autoComplete="off"
      isRequired={isRequired}
      autoFocus={autoFocus}
      value={value}
      onChange={onChange}
      error={error}
    />
  );
}
