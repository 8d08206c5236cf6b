import { Fragment } from 'react';
import { describeFilter } from '../tokens/filters';

/** Which tokens a selector means, in words. */
export function SelectorWords({
  selector,
  issuedBefore = null,
}: {
  selector: Record<string, unknown>;
  issuedBefore?: string | null;
}) {
  const until = issuedBefore === null ? null : <>, issued until {new Date(issuedBefore).toLocaleString()}</>;
  const { business, platform, owner, identity, pepper, owner_email: whose, ...words } = selector;
  if (business === true) return <>Every token of the business{until}</>;
  if (platform === true) return <>Every token everywhere{until}</>;
  if (typeof owner === 'string')
    return (
      <>
        All tokens of <bdi>{owner}</bdi>
        {until}
      </>
    );
  if (typeof identity === 'string')
    return (
      <>
        All tokens of the identity <code className="font-mono text-xs">{identity}</code>
        {until}
      </>
    );
  if (typeof pepper === 'string')
    return (
      <>
        All tokens under the pepper <bdi>{pepper}</bdi>
        {until}
      </>
    );
  const all = typeof whose === 'string' && whose !== '*' ? { owner_email: whose, ...words } : words;
  return (
    <>
      {Object.entries(all).map(([key, value], index) => {
        const { label, value: said } = describe(key, value);
        return (
          <Fragment key={key}>
            {index > 0 && '; '}
            {label} <bdi className="font-medium">{said}</bdi>
          </Fragment>
        );
      })}
    </>
  );
}

function describe(key: string, value: unknown): { label: string; value: string } {
  if (key === 'name') return { label: 'Name contains', value: String(value) };
  if (key === 'status') return { label: 'Status', value: String(value) };
  return describeFilter(key, textOf(value));
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, each]) => `${name}:${textOf(each)}`)
      .join(', ');
  return String(value);
}
