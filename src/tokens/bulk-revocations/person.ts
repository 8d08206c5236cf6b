import type { Principal } from '../../auth/principal.js';
import type { LineageRow } from './revocation-requests.sql.js';

/** Whether the caller is somebody who could be a second person: a member, or whom a token of the platform was issued to. */
export function isPerson({ token }: Principal): boolean {
  const { kind, issuedTo } = token.owner;
  return kind === 'user' || (kind === 'platform' && issuedTo !== null);
}

/**
 * Whether one person could have both tokens: the one that approves comes from whoever asked, or the other way round, or both
 * from somebody else. Whoever issues or rotates a token knows its secret. The platform alone may have issued both: tokens of
 * it that nobody is named for, which everything begins with.
 */
export function areOfOnePerson(lines: readonly LineageRow[]): boolean {
  const keysOf = (side: LineageRow['side'], keys: (row: LineageRow) => string[]): Set<string> =>
    new Set(lines.filter((row) => row.side === side).flatMap(keys));
  const meets = (some: Set<string>, others: Set<string>): boolean => [...some].some((key) => others.has(key));
  const tokenItself = (row: LineageRow): string[] => (row.itself ? tokenKey(row) : []);
  return (
    meets(keysOf('asked', keysOfHolder), keysOf('approves', keysOfHolder)) ||
    meets(keysOf('asked', tokenItself), keysOf('approves', tokenKey)) ||
    meets(keysOf('approves', tokenItself), keysOf('asked', tokenKey))
  );
}

function tokenKey({ tokenId }: LineageRow): string[] {
  return [`token:${tokenId}`];
}

/** By which whoever holds the token is told again; none: it is one of the platform's that nobody is named for. */
function keysOfHolder(row: LineageRow): string[] {
  const { memberId, identityId, person, ofPlatform } = row;
  return [
    ...(ofPlatform ? [] : tokenKey(row)),
    ...(memberId === null ? [] : [`member:${memberId}`]),
    ...(identityId === null ? [] : [`identity:${identityId}`]),
    ...(person === null ? [] : [`person:${person}`]),
  ];
}
