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

/**
 * Whether both tokens have one holder: they are the same, or of the same member or identity; or of the platform, and issued to
 * the same person, or both to nobody. What allows something by it asks for no more: an administrator can give an e-mail address
 * of somebody else's to a member.
 */
export function areOfOneHolder(lines: readonly LineageRow[]): boolean {
  const [asked, approves] = (['asked', 'approves'] as const).map((side) =>
    lines.find((row) => row.side === side && row.itself),
  );
  if (asked === undefined || approves === undefined) return false;
  if (asked.ofPlatform && approves.ofPlatform) return asked.person === approves.person;
  return (
    asked.tokenId === approves.tokenId ||
    (asked.memberId !== null && asked.memberId === approves.memberId) ||
    (asked.identityId !== null && asked.identityId === approves.identityId)
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

function tokenKey({ tokenId }: LineageRow): string[] {
  return [`token:${tokenId}`];
}

/** By which whoever holds the token is recognised; none: it is one of the platform's that nobody is named for. */
function keysOfHolder(row: LineageRow): string[] {
  return [...(row.ofPlatform ? [] : tokenKey(row)), ...namesOfRow(row)];
}

function namesOfRow({ memberId, identityId, person }: LineageRow): string[] {
  return [
    ...(memberId === null ? [] : [`member:${memberId}`]),
    ...(identityId === null ? [] : [`identity:${identityId}`]),
    ...(person === null ? [] : [`person:${person}`]),
  ];
}
