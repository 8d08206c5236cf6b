import { None } from './page';

/** The addresses from which a token may be used; null: any. */
export function Addresses({ of }: { of: readonly string[] | null }) {
  if (of === null) return <None>any</None>;
  if (of.length === 0) return <None>none</None>;
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {of.map((address) => (
        <li key={address} className="min-w-0 font-mono text-xs wrap-anywhere">
          {address}
        </li>
      ))}
    </ul>
  );
}
