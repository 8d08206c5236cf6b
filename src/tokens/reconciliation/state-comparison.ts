import type { IntegrityFault } from '../../audit/sealing/integrity-faults.js';
import type { LoggedState, LoggedToken } from './logged-state.js';
import type { IdentityState, MemberState, TokenState } from './state-rows.repository.js';

/** A row that disagrees with the log. */
export interface StateDifference {
  fault: IntegrityFault;
  logId: string;
  id: string;
  /** In words, without any value. */
  what: string;
}

/** The state with which the rows of one log are compared. */
export interface Judgement {
  logId: string;
  state: LoggedState;
  /** The log may have had events about older rows that retention has dropped; null: it has dropped none. */
  knownSince: Date | null;
}

export function tokenDifference(row: TokenState, judgement: Judgement): StateDifference | null {
  const { logId, state } = judgement;
  const { id } = row;
  const logged = state.tokens.get(id);
  if (logged === undefined)
    return isKnown(row.created_at, judgement)
      ? { fault: 'token_invented', logId, id, what: 'token that was never issued' }
      : null;
  const what = differenceOf(row, logged, state);
  if (what === null) return null;
  return what === 'un-revoked'
    ? { fault: 'token_unrevoked', logId, id, what }
    : { fault: 'token_differs', logId, id, what: `token with other ${what}` };
}

export function memberDifference(row: MemberState, judgement: Judgement): StateDifference | null {
  const { id, email, role, removed_at } = row;
  const logged = judgement.state.members.get(id);
  const differs = (what: string): StateDifference => ({
    fault: 'member_differs',
    logId: judgement.logId,
    id,
    what: `member ${what}`,
  });
  if (logged === undefined)
    return isKnown(row.created_at, judgement) ? differs('that was never added') : null;
  if (logged.isRemoved !== (removed_at !== null))
    return differs(logged.isRemoved ? 'that was removed' : 'that was not removed');
  if ((logged.role ?? role) !== role) return differs('with another role');
  return (logged.email ?? email) === email ? null : differs('with another e-mail');
}

export function identityDifference(row: IdentityState, judgement: Judgement): StateDifference | null {
  const { id, name, role, status } = row;
  const logged = judgement.state.identities.get(id);
  const differs = (what: string): StateDifference => ({
    fault: 'identity_differs',
    logId: judgement.logId,
    id,
    what: `identity ${what}`,
  });
  if (logged === undefined)
    return isKnown(row.created_at, judgement) ? differs('that was never created') : null;
  if (logged.isActive !== (status === 'active'))
    return differs(logged.isActive ? 'that was not disabled' : 'that was disabled');
  if ((logged.role ?? role) !== role) return differs('with another role');
  return logged.names.has(name) ? null : differs('with another name');
}

/** Whether a business was suspended in events that retention has dropped is not known. */
export function businessDifference(
  isSuspended: boolean,
  { logId, state, knownSince }: Judgement,
): StateDifference | null {
  if (isSuspended === state.isSuspended || knownSince !== null) return null;
  const what = isSuspended ? 'business that was not suspended' : 'business that is suspended';
  return { fault: 'business_differs', logId, id: logId, what };
}

/** Whether the log must have an event about a row that was made then. */
function isKnown(createdAt: Date, { knownSince }: Judgement): boolean {
  return knownSince === null || createdAt > knownSince;
}

/** Null: the row agrees with the log. */
function differenceOf(row: TokenState, logged: LoggedToken, state: LoggedState): string | null {
  if (logged.isRevoked !== (row.revoked_at !== null))
    return logged.isRevoked ? 'un-revoked' : 'state of revocation';
  if ((logged.kind ?? row.kind) !== row.kind) return 'kind';
  if (logged.scopes !== undefined && !isSameSet(logged.scopes, row.scopes)) return 'scopes';
  const isOwner =
    logged.owner === undefined ||
    logged.owner === row.owner ||
    state.labelsOf(row.owner_id)?.has(logged.owner) === true;
  if (!isOwner) return 'owner';
  const expiresAt = row.expires_at?.toISOString() ?? null;
  return logged.expiresAt !== undefined && logged.expiresAt !== expiresAt ? 'expiry' : null;
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}
