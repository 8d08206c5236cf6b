import type { Principal } from '../../auth/principal.js';
import type { LineageRow } from './revocation-requests.sql.js';

/** Whether the caller is somebody who could be a second person: a member, or whom a token of the platform was issued to. */
export function isPerson({ token }: Principal): boolean {
  const { kind, issuedTo } = token.owner;
  return kind === 'user' || (kind === 'platform' && issuedTo !== null);
}

/**
 * Whether the token that approves comes from whoever asked, or the other way round: it is theirs, or one of theirs issued or
 * rotated it, or what it was issued with. Whoever issues a token knows its secret.
 */
export function areOfOnePerson(lines: readonly LineageRow[]): boolean {
  const keysOf = (side: LineageRow['side'], itself: boolean): Set<string> =>
    new Set(lines.filter((row) => row.side === side && (!itself || row.itself)).flatMap(keysOfRow));
  const meets = (some: Set<string>, others: Set<string>): boolean => [...some].some((key) => others.has(key));
  return (
    meets(keysOf('asked', true), keysOf('approves', false)) ||
    meets(keysOf('approves', true), keysOf('asked', false))
  );
}

/** By which a person is told again. */
function keysOfRow({ tokenId, memberId, identityId, person }: LineageRow): string[] {
  return [
    `token:${tokenId}`,
    ...(memberId === null ? [] : [`member:${memberId}`]),
    ...(identityId === null ? [] : [`identity:${identityId}`]),
    ...(person === null ? [] : [`person:${person}`]),
  ];
}
