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

/** Whoever revokes, and by what they are told again. */
export interface Author {
  /** What is kept of them. */
  keys: string[];
  /** Whoever has one of these among what is kept is the same, as far as anybody can know. */
  sought: string[];
}

/**
 * The author of a revocation, by where their token comes from. Two are one when a member, identity or e-mail is behind both of
 * their tokens, however far back, or one of the tokens comes from the other: whoever issues tokens to others knows their secrets.
 * A platform token that was issued to nobody is behind most tokens, and makes none of them one; all that have such a token are one.
 */
export function authorOf(tokenId: string, line: readonly LineageRow[]): Author {
  const isOfNobody = line.every((row) => !row.itself || namesOfRow(row).length === 0);
  const names = [...line.flatMap(namesOfRow), ...(isOfNobody ? ['nobody'] : [])];
  const tokens = line.map((row) => row.tokenId);
  return {
    keys: [...new Set([`of:${tokenId}`, ...tokens.map((id) => `token:${id}`), ...names])],
    sought: [...new Set([`token:${tokenId}`, ...tokens.map((id) => `of:${id}`), ...names])],
  };
}

/** By which a person is told again. */
function keysOfRow(row: LineageRow): string[] {
  return [`token:${row.tokenId}`, ...namesOfRow(row)];
}

function namesOfRow({ memberId, identityId, person }: LineageRow): string[] {
  return [
    ...(memberId === null ? [] : [`member:${memberId}`]),
    ...(identityId === null ? [] : [`identity:${identityId}`]),
    ...(person === null ? [] : [`person:${person}`]),
  ];
}
