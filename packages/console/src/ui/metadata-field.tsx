import { Field } from './field';
import { metadataFrom } from './metadata';

/** Metadata of a token, as JSON. */
export function MetadataField({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange: (value: string) => void;
  error?: string;
}) {
  const typed = metadataFrom(value);
  return (
    <Field
      label="Metadata"
      description="A JSON object of your product, part of verdicts. Everybody who may read the token reads it: no secrets."
      placeholder='{"customer": "4711"}'
      rows={3}
      mono
      autoComplete="off"
      value={value}
      onChange={onChange}
      error={error ?? (typeof typed === 'string' ? typed : undefined)}
    />
  );
}
