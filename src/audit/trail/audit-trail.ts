import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../../common/errors/domain-error.js';
import {
  driverCodeOf,
  isDatabaseUnavailable,
  isSerializationFailure,
} from '../../common/errors/driver-error.js';
import { newId } from '../../common/new-id.js';
import { queryPreparedOn, sessionOf, type Session } from '../../database/prepared.js';
import { canonicalEventParts } from '../transparency/canonical-json.js';
import type { AuditAction } from './audit-action.js';
import { PLATFORM_LOG, type AuditDraft } from './audit-draft.js';
import { inLogOrder } from './log-order.js';
import { APPEND_EVENTS, type AppendedRow } from './append-events.sql.js';
import { AuditWritability } from './audit-writability.js';

/** PostgreSQL's lock_not_available: somebody holds the table. The database is there, the log cannot be written. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Making the canonical text of more than these at once would hold the event loop for longer than 10 ms. */
const EVENTS_A_STATEMENT_MAX = 250;

/** What the log knows of an event it has just taken. */
export interface RecordedEvent {
  id: string;
  sequence: number;
  occurredAt: Date;
  leafHash: Buffer;
  /** The writing transaction, for the barrier of a revocation. */
  transactionId: string;
}

/**
 * The writing side of the log. Events are written in the caller's transaction, so that the change and its
 * record commit together or not at all (R4); the row lock on the log's head keeps the sequence dense.
 */
@Injectable()
export class AuditTrail {
  constructor(private readonly writability: AuditWritability) {}

  /**
   * Records one event as the last statement of a change.
   * @throws DomainError `audit.unwritable` when the event cannot be written: the change must be given up.
   */
  async record<Action extends AuditAction>(
    draft: AuditDraft<Action>,
    manager: EntityManager,
  ): Promise<RecordedEvent> {
    const [event] = await this.recordAll([draft as AuditDraft], manager);
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
   * locked in one order, whoever writes to them. Rejects with the driver's error.
   */
  async append(drafts: readonly AuditDraft[], session: Session): Promise<RecordedEvent[]> {
    const ordered = inLogOrder(drafts);
    const recorded = new Map<AuditDraft, RecordedEvent>();
    for (let start = 0; start < ordered.length; start += EVENTS_A_STATEMENT_MAX) {
      const part = ordered.slice(start, start + EVENTS_A_STATEMENT_MAX);
      const events = await this.appendPart(part, session);
      events.forEach((event, index) => recorded.set(part[index] as AuditDraft, event));
    }
    return drafts.map((draft) => recorded.get(draft) as RecordedEvent);
  }

  private async appendPart(drafts: readonly AuditDraft[], session: Session): Promise<RecordedEvent[]> {
    const lines = linesOf(drafts);
    const sizes = new Map<string, number>();
    for (const { log } of lines) sizes.set(log, (sizes.get(log) ?? 0) + 1);
    const rows = await queryPreparedOn<AppendedRow>(session, APPEND_EVENTS, [
      [...sizes.keys()],
      [...sizes.values()],
      JSON.stringify(lines),
    ]);
    this.writability.succeeded();
    const byId = new Map(rows.map((row) => [row.id, row]));
    return lines.map(({ id }) => eventOf(byId.get(id) as AppendedRow));
  }

  /**
   * What a caller is told when its event could not be written: the change must be given up. A refusal, and a
   * transaction that is to be repeated, are no fault of the log.
   */
  refusalFor(error: unknown): unknown {
    if (error instanceof DomainError || isSerializationFailure(error)) return error;
    if (isDatabaseUnavailable(error) && driverCodeOf(error) !== LOCK_NOT_AVAILABLE) return error;
    this.writability.failed();
    return new DomainError('audit.unwritable', 'The audit log cannot be written, so nothing was changed.', {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
}

function eventOf({ id, sequence, occurred_at, leaf_hash, transaction_id }: AppendedRow): RecordedEvent {
  return {
    id,
    sequence: Number(sequence),
    occurredAt: occurred_at,
    leafHash: leaf_hash,
    transactionId: transaction_id,
  };
}

interface Line extends Record<string, unknown> {
  id: string;
  /** The log it belongs to, and how many of the others follow it there. */
  log: string;
  behind: number;
}

function linesOf(drafts: readonly AuditDraft[]): Line[] {
  const behind = new Map<string, number>();
  const lines: Line[] = [];
  for (const draft of drafts.toReversed()) {
    const log = draft.businessId ?? PLATFORM_LOG;
    const following = behind.get(log) ?? 0;
    behind.set(log, following + 1);
    lines.push({ ...lineOf(draft), log, behind: following });
  }
  return lines.reverse();
}

const cut = (text: string | null | undefined, length: number): string | null =>
  text?.slice(0, length).toWellFormed() ?? null;

function lineOf(draft: AuditDraft) {
  const event = {
    action: draft.action,
    actor: draft.actor,
    business_id: draft.businessId,
    details: { ...draft.details },
    id: newId(),
    ip: cut(draft.request.ip, 64),
    outcome: draft.outcome ?? 'success',
    reason: cut(draft.reason, 1024),
    request_id: cut(draft.request.requestId, 128),
    target: { kind: draft.target.kind, id: cut(draft.target.id, 255) },
    user_agent: cut(draft.request.userAgent, 512),
  } as const;
  const [head, middle, tail] = canonicalEventParts(event);
  return { ...event, canonical_head: head, canonical_middle: middle, canonical_tail: tail };
}
