import { setImmediate as othersFirst } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import {
  driverCodeOf,
  isDatabaseUnavailable,
  isSerializationFailure,
} from '../../common/errors/driver-error.js';
import { newId } from '../../common/new-id.js';
import { type Prepared, queryPreparedOn, type Session, sessionOf } from '../../database/prepared.js';
import { onceCommitted } from '../../database/resilient-client.js';
import { leafHash } from '../../log-format/transparency/merkle-tree.js';
import { AuditWritability } from './audit-writability.js';
import { AppendedEvents } from './appended-events.js';
import type { AuditAction } from '../../log-format/audit-action.js';
import { type AuditDraft, PLATFORM_LOG } from './audit-draft.js';
import { beginChange } from './begin-change.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import { EventMacs, HeadMacs } from './event-macs.js';
import { heldLogs, type HeldLogs } from './held-logs.js';

interface AppendedRow {
  transaction_id: string;
}

/**
 * Appends the events given as JSON in $4 to the logs $1, of which log $1[i] takes $2[i] and its head gets the MAC $3[i]. The
 * function writes what the service has no privilege to write. The caller has hashed the events with the sequence numbers and the
 * time that it expects; unless those are the next ones, and of this transaction, it fails.
 */
const APPEND_EVENTS: Prepared = {
  name: 'audit_append',
  text: 'SELECT audit_append($1::uuid[], $2::bigint[], $3::bytea[], $4::json) AS transaction_id',
};

/** An event with the place and the hash that it is to have. */
interface EventLine {
  id: string;
  log: string;
  sequence: number;
  /** Hexadecimal. */
  leaf: string;
  /** As it is handed to the database (audit_append): the text that was hashed, with the log, the hash and the MAC. */
  json: string;
}

const logOf = ({ businessId }: AuditDraft): string => businessId ?? PLATFORM_LOG;

/** The drafts in their order, each after the last event of its log. @throws Error when a log is not locked */
export function eventLines(
  drafts: readonly AuditDraft[],
  { sizes, moment }: HeldLogs,
  macs: EventMacs,
): EventLine[] {
  const occurredAt = moment.toISOString();
  const taken = new Map<string, number>();
  return drafts.map((draft) => {
    const log = logOf(draft);
    const size = sizes.get(log);
    if (size === undefined) throw new Error('a log is written to that was not locked');
    const number = (taken.get(log) ?? 0) + 1;
    taken.set(log, number);
    const sequence = size + number;
    const event = { ...contentOf(draft), occurred_at: occurredAt, sequence };
    const text = canonicalEvent(event);
    const hash = leafHash(text);
    const leaf = hash.toString('hex');
    const mac = macs.macOf(log, sequence, hash).toString('hex');
    // No second text is made of the event: that takes as long as to hash it.
    const json = `{"log":"${log}","leaf":"${leaf}","mac":"${mac}",${text.slice(1)}`;
    return { id: event.id, log, sequence, leaf, json };
  });
}

const cut = (text: string | null | undefined, length: number): string | null =>
  text?.slice(0, length).toWellFormed() ?? null;

function contentOf(draft: AuditDraft) {
  const clientRequestId = cut(draft.request.clientRequestId, 128);
  return {
    action: draft.action,
    actor: draft.actor,
    business_id: draft.businessId,
    // It is in the details, so that a process of an earlier version computes the same hash when it reads the event.
    details: {
      ...draft.details,
      ...(clientRequestId === null ? {} : { client_request_id: clientRequestId }),
    },
    id: newId(),
    ip: cut(draft.request.ip, 64),
    outcome: draft.outcome ?? 'success',
    reason: cut(draft.reason, 1024),
    request_id: cut(draft.request.requestId, 128),
    target: { kind: draft.target.kind, id: cut(draft.target.id, 255) },
    user_agent: cut(draft.request.userAgent, 512),
  };
}

/**
 * The events of one transaction in the order in which the log takes them: the events of a token come before its own
 * revocation, and the order of all others is unchanged. So no event of a token follows its revocation in any log.
 * @throws Error when tokens revoke each other: of those changes only one can be made
 */
export function inLogOrder(drafts: readonly AuditDraft[]): AuditDraft[] {
  const acting = new Set(drafts.map(({ actor }) => actor.token_id));
  const ordered: AuditDraft[] = [];
  let waiting: AuditDraft[] = [];
  for (const draft of drafts) {
    const endsAnActor = draft.action === 'token.revoked' && acting.has(draft.target.id);
    (endsAnActor ? waiting : ordered).push(draft);
  }
  while (waiting.length > 0) {
    const next = waiting.find((draft) =>
      waiting.every((other) => other === draft || other.actor.token_id !== draft.target.id),
    );
    if (next === undefined) throw new Error('tokens cannot revoke each other in one transaction');
    ordered.push(next);
    waiting = waiting.filter((draft) => draft !== next);
  }
  return ordered;
}

/** PostgreSQL's lock_not_available: somebody holds the table. The database is there, the log cannot be written. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Making the canonical text of these takes two milliseconds of the event loop. */
const EVENTS_A_STATEMENT_MAX = 100;
/** More than these are not hashed in the turn that has read what they tell of. */
const EVENTS_AT_ONCE_MAX = 50;

/** What the log knows of an event it has just taken. */
export interface RecordedEvent {
  id: string;
  sequence: number;
  occurredAt: Date;
  /** The writing transaction, for the barrier of a revocation. */
  transactionId: string;
}

/** Events of one statement, and how their logs stand before and after it. */
interface EventPart {
  lines: EventLine[];
  /** Of each log: the size before it, how many events it takes, and the MAC on its head after it. */
  logs: Map<string, { before: number; count: number; mac: Buffer | null }>;
  moment: Date;
}

/**
 * The writing side of the log. Events are written in the caller's transaction, so that the change and its record commit
 * together or not at all (R4); the row lock on the log's head keeps the sequence without gaps.
 */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly writability: AuditWritability,
    private readonly macs: EventMacs,
    private readonly appended: AppendedEvents,
    private readonly heads: HeadMacs,
  ) {}

  /**
   * Records one event as the last statement of a change.
   * @throws DomainError `audit.unwritable` when the event cannot be written: the change must be given up.
   */
  async record<Action extends AuditAction>(
    draft: AuditDraft<Action>,
    manager: EntityManager,
  ): Promise<RecordedEvent> {
    const [event] = await this.recordAll([draft], manager);
    return event as RecordedEvent;
  }

  /** Records the events of one change, in order within each log. */
  async recordAll(drafts: readonly AuditDraft[], manager: EntityManager): Promise<RecordedEvent[]> {
    if (drafts.length === 0) return [];
    try {
      return await this.append(drafts, await sessionOf(manager));
    } catch (error) {
      throw this.refusalFor(error);
    }
  }

  /**
   * Writes the events of several changes in the transaction of `session`, in order within each log (inLogOrder). The logs are
   * locked in one order, whoever writes to them. While the database writes some of many events, the next ones are hashed, in
   * another turn of the event loop.
   * Rejects with the driver's error.
   * @param commits whether the transaction ends with it: its COMMIT is sent with the last of them
   */
  async append(drafts: readonly AuditDraft[], session: Session, commits = false): Promise<RecordedEvent[]> {
    const ordered = inLogOrder(drafts);
    const recorded = new Map<AuditDraft, RecordedEvent>();
    const heads = await this.headsOf(session, ordered);
    let written = Promise.resolve();
    try {
      const parts = inEqualParts(ordered);
      for (const [number, drafted] of parts.entries()) {
        if (ordered.length > EVENTS_AT_ONCE_MAX) await othersFirst();
        const part = this.partOf(drafted, heads);
        await written;
        written = this.write(part, session, commits && number === parts.length - 1).then((events) =>
          events.forEach((event, index) => recorded.set(drafted[index] as AuditDraft, event)),
        );
        // It is met below, which may be a turn later.
        written.catch(() => undefined);
      }
    } finally {
      // What could not be hashed leaves no statement behind whose failure nobody hears of.
      await written;
    }
    return drafts.map((draft) => recorded.get(draft) as RecordedEvent);
  }

  /** Hashes events for the places behind `heads`, which they become the heads of. */
  private partOf(drafts: readonly AuditDraft[], heads: HeldLogs): EventPart {
    const lines = eventLines(drafts, heads, this.macs);
    const logs: EventPart['logs'] = new Map();
    for (const [log, { length: count }] of Map.groupBy(lines, (line) => line.log)) {
      const before = heads.sizes.get(log) as number;
      const mac = this.headMac(log, count, heads);
      heads.macs.set(log, mac);
      heads.sizes.set(log, before + count);
      logs.set(log, { before, count, mac });
    }
    return { lines, logs, moment: heads.moment };
  }

  private async write(
    { lines, logs, moment }: EventPart,
    session: Session,
    commits: boolean,
  ): Promise<RecordedEvent[]> {
    const values = [
      [...logs.keys()],
      Array.from(logs.values(), ({ count }) => count),
      Array.from(logs.values(), ({ mac }) => mac),
      `[${lines.map(({ json }) => json).join(',')}]`,
    ];
    const [row] = await queryPreparedOn<AppendedRow>(session, { ...APPEND_EVENTS, commits }, values);
    const { transaction_id: transactionId } = row as AppendedRow;
    const newest = new Map(lines.map((line) => [line.log, line]));
    const note = (): void => {
      for (const { log, sequence, leaf } of newest.values())
        this.appended.note({ log, sequence, leaf, transactionId }, logs.get(log)?.before as number);
    };
    if (commits) note();
    else onceCommitted(session, note);
    const held = heldLogs(session) as HeldLogs;
    for (const [log, { before, count, mac }] of logs) {
      held.sizes.set(log, before + count);
      held.macs.set(log, mac);
    }
    return lines.map(({ id, sequence }) => ({ id, sequence, occurredAt: moment, transactionId }));
  }

  /**
   * Accepts the heads of the logs that `session` has locked as written by this service, because an operator says so.
   */
  believeHeads(session: Session): void {
    const logs = heldLogs(session);
    for (const [log, size] of logs?.sizes ?? []) logs?.macs.set(log, this.heads.macOf(log, size));
  }

  /** Null after a head that this service did not write: sealing reports it until an operator has cleared it. */
  private headMac(log: string, events: number, { sizes, macs }: HeldLogs): Buffer | null {
    const size = sizes.get(log) as number;
    return this.heads.holds(log, { size, mac: macs.get(log) ?? null })
      ? this.heads.macOf(log, size + events)
      : null;
  }

  /**
   * How the logs of the drafts stand, locked: those that the change has not locked at its beginning are locked now. A copy,
   * which may go ahead of what is written.
   */
  private async headsOf(session: Session, drafts: readonly AuditDraft[]): Promise<HeldLogs> {
    const missing = new Set(drafts.map(logOf).filter((log) => heldLogs(session)?.sizes.has(log) !== true));
    // Locks all of them: the change then sees the rows of the logs with which it has begun last.
    if (missing.size > 0) await beginChange(session, [...new Set(drafts.map(logOf))], []);
    const held = heldLogs(session) as HeldLogs;
    return { ...held, sizes: new Map(held.sizes), macs: new Map(held.macs) };
  }

  /**
   * The error for a caller whose event could not be written: the change must be rolled back. A refusal, and a
   * transaction that has to be repeated, are not faults of the log.
   */
  refusalFor(error: unknown): unknown {
    if (error instanceof DomainError || isSerializationFailure(error)) return error;
    if (isDatabaseUnavailable(error) && driverCodeOf(error) !== LOCK_NOT_AVAILABLE) return error;
    this.writability.failed();
    return refusal('audit.unwritable', {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
}

/** The same drafts in as few parts as may be. */
function inEqualParts(drafts: readonly AuditDraft[]): AuditDraft[][] {
  const parts = Math.ceil(drafts.length / EVENTS_A_STATEMENT_MAX);
  const size = Math.ceil(drafts.length / parts);
  return Array.from({ length: parts }, (_, part) => drafts.slice(part * size, (part + 1) * size));
}
