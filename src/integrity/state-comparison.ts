import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { IntegrityFault } from '../audit/sealing/integrity-faults.js';
import { logged as inLog } from '../token-rows/logged-labels.js';
import { columnOf, LOGGED_LABELS } from '../token-schema/derived.js';
import { isAsLogged, type LoggedState, type LoggedToken } from './logged-state.js';
import {
  StateRowsRepository,
  type IdentityState,
  type MemberState,
  type TokenState,
} from './state-rows.repository.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import type { StoredEvent } from '../audit/trail/stored-event.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';

/** Compares cut-offs with the log: the rows, and the register with which look-ups compare them. */
@Injectable()
export class CutOffComparison {
  private after: { at: Date; id: string } | null = null;

  constructor(
    private readonly rows: StateRowsRepository,
    private readonly genuine: GenuineEvents,
  ) {}

  /**
   * Compares the next cut-off events of all logs; each call takes the following ones, and starts again at the end. If
   * the register has lost an entry, it is written again, so that look-ups refuse the tokens even without an open fault.
   */
  async next(count: number, manager: EntityManager): Promise<StateDifference[]> {
    const read = await this.rows.cutOffEvents(this.after, count, manager);
    const last = read.at(-1);
    this.after = last === undefined || read.length < count ? null : { at: last.occurred_at, id: last.id };
    const events = (await this.genuine.genuine(read)).filter(({ outcome }) => outcome === 'success');
    if (events.length === 0) return [];
    const stands = new Map(
      (await this.rows.cutOffStands(events, manager)).map((stand) => [
        `${stand.log} ${stand.sequence}`,
        stand,
      ]),
    );
    const found: StateDifference[] = [];
    const lost: StoredEvent[] = [];
    for (const event of events) {
      const { business_id: logId, details, sequence } = event;
      const { said = null, is_registered: isRegistered = false } = stands.get(`${logId} ${sequence}`) ?? {};
      if (said === null || said.getTime() < Date.parse(String(details.not_before)))
        found.push(cutOffDiffers(logId, String(details.subject)));
      if (isRegistered) continue;
      lost.push(event);
      found.push({ fault: 'register_changed', logId, id: sequence, what: NOT_REGISTERED });
    }
    if (lost.length > 0) await this.rows.registerCutOffsAgain(lost, manager);
    return found;
  }

  /** Compares all cut-offs of one log, except those whose events retention has dropped. */
  async ofLog(
    businessId: string | null,
    { logId, state, knownSince }: Judgement,
    manager: EntityManager,
  ): Promise<StateDifference[]> {
    const said = await this.rows.cutOffsSaid(businessId, manager);
    const registered = await this.rows.cutOffsRegistered(businessId, manager);
    const subjects = new Set([...state.cutOffs.keys(), ...said.keys(), ...registered.keys()]);
    return [...subjects].flatMap((subject) => {
      const untilMs = state.cutOffs.get(subject) ?? 0;
      const isLogged = (moment: Date | undefined): boolean => {
        const ms = moment?.getTime() ?? 0;
        return knownSince === null ? ms === untilMs : ms >= untilMs;
      };
      return [
        ...(isLogged(said.get(subject)) ? [] : [cutOffDiffers(logId, subject)]),
        ...(isLogged(registered.get(subject))
          ? []
          : [{ fault: 'register_changed' as const, logId, id: subject, what: NOT_REGISTERED }]),
      ];
    });
  }
}

const NOT_REGISTERED = 'cut-off that the register has other than the log';

/** @param logId the nil UUID for what the platform cuts off */
function cutOffDiffers(logId: string, subject: string): StateDifference {
  const whose = logId === PLATFORM_LOG ? subject.split(':')[0] : subject === logId ? 'business' : 'owner';
  return {
    fault: 'cut_off_differs',
    logId,
    id: subject,
    what: `${whose} that was cut off other than it says`,
  };
}

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
  /** Whether the MAC of a row says that this service did not write it. */
  isForged: (row: TokenState) => boolean;
  /** Whether somebody else knows that a token was revoked. */
  isRevokedElsewhere: (tokenId: string) => boolean;
}

export function tokenDifference(row: TokenState, judgement: Judgement): StateDifference | null {
  const { logId, state } = judgement;
  const { id } = row;
  if (row.revoked_at === null && judgement.isRevokedElsewhere(id))
    return { fault: 'token_unrevoked', logId, id, what: 'un-revoked' };
  const logged = state.tokens.get(id);
  if (logged === undefined && isKnown(row.created_at, judgement))
    return { fault: 'token_invented', logId, id, what: 'token that was never issued' };
  const what = logged === undefined ? null : differenceOf(row, logged, state);
  if (what === null)
    return judgement.isForged(row)
      ? { fault: 'token_forged', logId, id, what: 'token with a row that was not written so' }
      : null;
  return what === 'un-revoked'
    ? { fault: 'token_unrevoked', logId, id, what }
    : { fault: 'token_differs', logId, id, what: `token with other ${what}` };
}

export function memberDifference(row: MemberState, judgement: Judgement): StateDifference | null {
  const { id, email, role, removed_at } = row;
  const logged = judgement.state.members.get(id);
  const differs = differing('member', judgement.logId, id);
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
  const differs = differing('identity', judgement.logId, id);
  if (logged === undefined)
    return isKnown(row.created_at, judgement) ? differs('that was never created') : null;
  if (logged.isActive !== (status === 'active'))
    return differs(logged.isActive ? 'that was not disabled' : 'that was disabled');
  if ((logged.role ?? role) !== role) return differs('with another role');
  return logged.names.has(name) ? null : differs('with another name');
}

/** Those that the log knows and of which no row was met: none is ever deleted. */
export function goneDifferences(
  kind: 'token' | 'member' | 'identity',
  logId: string,
  logged: Iterable<string>,
  met: ReadonlySet<string>,
): StateDifference[] {
  const gone = [...logged].filter((id) => !met.has(id));
  return gone.map((id) => differing(kind, logId, id)('whose row is gone'));
}

function differing(kind: 'token' | 'member' | 'identity' | 'business', logId: string, id: string) {
  return (what: string): StateDifference => ({
    fault: `${kind}_differs`,
    logId,
    id,
    what: `${kind} ${what}`,
  });
}

/**
 * Whether a business was suspended in events that retention has dropped is not known.
 * @param isSuspended null: there is no row of it
 */
export function businessDifference(
  isSuspended: boolean | null,
  { logId, state, knownSince }: Judgement,
): StateDifference | null {
  const differs = differing('business', logId, logId);
  if (isSuspended === null) return differs('whose row is gone');
  if (isSuspended === state.isSuspended || knownSince !== null) return null;
  return differs(isSuspended ? 'that was not suspended' : 'that is suspended');
}

/** Whether the log must have an event about a row that was made then. */
function isKnown(createdAt: Date, { knownSince }: Judgement): boolean {
  return knownSince === null || createdAt > knownSince;
}

/** Null: the row agrees with the log. */
function differenceOf(row: TokenState, logged: LoggedToken, state: LoggedState): string | null {
  const { revocation } = logged;
  if (row.revoked_at === null) {
    if (revocation !== null) return 'un-revoked';
  } else if (revocation === null) {
    // Where its issue was dropped, so may be its revocation.
    if (logged.kind !== undefined) return 'state of revocation';
  } else {
    const { revoked_by: revokedBy, revocation_reason: reason, revoked_with: revokedWith } = row;
    if (!isAsLogged({ revokedAt: row.revoked_at, revokedBy, reason, revokedWith }, revocation))
      return 'revocation';
  }
  if ((logged.kind ?? row.kind) !== row.kind) return 'kind';
  if (logged.scopes !== undefined && !isSameSet(logged.scopes, row.scopes)) return 'scopes';
  const isOwner =
    logged.owner === undefined ||
    logged.owner === row.owner ||
    state.labelsOf(row.owner_id)?.has(logged.owner) === true;
  if (!isOwner) return 'owner';
  const expiresAt = row.expires_at?.toISOString() ?? null;
  if (logged.expiresAt !== undefined && logged.expiresAt !== expiresAt) return 'expiry';
  for (const name of LOGGED_LABELS) {
    const said = logged.labels[name];
    if (said !== undefined && said !== inLog(row[columnOf(name)])) return columnOf(name).replaceAll('_', ' ');
  }
  const { trustedIps = row.trusted_ips } = logged;
  return isSameSet(trustedIps ?? [], row.trusted_ips ?? []) ? null : 'addresses';
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}
