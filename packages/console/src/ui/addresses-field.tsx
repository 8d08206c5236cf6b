import { Field } from './field';

/** The addresses from which a token may be used, one a line. */
export function AddressesField({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange: (value: string) => void;
  error?: string;
}) {
  return (
    <Field
      label="Allowed addresses"
      description="IPv4 and IPv6 addresses and CIDRs, one a line; none: from anywhere. From elsewhere the token is refused."
      placeholder={'203.0.113.0/24\n2001:db8::/32'}
      rows={3}
      mono
      autoComplete="off"
      value={value}
      onChange={onChange}
      error={error}
    />
  );
}
