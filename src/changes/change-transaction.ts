import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { type AuditContext, type AuditDraft, PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { AuditTrail, type RecordedEvent } from '../audit/trail/audit-trail.js';
import { beginChange, lockEveryLog } from '../audit/trail/begin-change.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isLockTimeout, isSerializationFailure } from '../common/errors/driver-error.js';
import { sessionOf, type Session } from '../database/prepared.js';
import { Change } from './change.js';
import { ChangeOutcomes, ChangeTally } from './change-outcomes.js';
import { claimOnToken, ROWS_HELD, type SharedWork } from './shared-work.js';

/** A change that is asked for. */
export interface ChangeRequest {
  work: SharedWork<unknown, unknown>;
  author: AuditContext;
  /** Whose log it is made in; null: the platform's. */
  businessId: string | null;
  input: unknown;
}

/** A change that was committed, and that verifiers may still have to learn of. */
export interface Committed<Result> {
  result: Result;
  transactionId: string;
  restsOnEarlier: boolean;
  /** The places of its events in the log, but of those of `writeSoFar`. */
  recorded: ReadonlyMap<AuditDraft, RecordedEvent>;
}

/** A change that was refused by the work of its kind, or whose author may not act any more. */
export interface Refused {
  refusal: DomainError;
  transactionId: string;
}

/**
 * What became of a request; `apart`: it must not be in one transaction with another one that is made.
 */
type Outcome = Committed<unknown> | Refused | 'apart' | typeof ROWS_HELD;

interface TransactionOptions {
  /** How long one lock is waited for; undefined: as the session is configured. */
  lockTimeoutMs?: number | undefined;
  /** For what ends rights in every business: no other change is under way anywhere while it is made. */
  everyLog?: boolean;
}

/** A change that lost to others this often loses to them for a reason. */
const ATTEMPTS_MAX = 4;

/** What was refused when it may have written: the transaction ends with it. */
class GivenUp extends Error {
  constructor(
    override readonly cause: DomainError,
    readonly transactionId: string,
  ) {
    super('a change was refused in the middle of its work');
  }
}

/** One transaction that proves the author of each change, makes them, and writes the events of all (R4). */
@Injectable()
export class ChangeTransaction {
  constructor(
    private readonly trail: AuditTrail,
    private readonly outcomes: ChangeOutcomes,
  ) {}

  /**
   * Resolves once all that is not refused is committed. A single one is repeated when the database asks for it.
   * @throws the driver's error, or, where it is known whose fault it is, DomainError `audit.unwritable`: then nothing was changed,
   *   unless the connection was lost
   */
  async run(
    dataSource: DataSource,
    requests: readonly ChangeRequest[],
    options: TransactionOptions = {},
  ): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(dataSource, requests, options);
      } catch (error) {
        this.outcomes.failed(error);
        if (requests.length > 1) throw error;
        if (error instanceof GivenUp) return [{ refusal: error.cause, transactionId: error.transactionId }];
        if (attempt === ATTEMPTS_MAX || !isSerializationFailure(error)) throw error;
      }
    }
  }

  private async attempt(
    dataSource: DataSource,
    requests: readonly ChangeRequest[],
    options: TransactionOptions,
  ): Promise<Outcome[]> {
    const [{ work, input, businessId }] = requests as readonly [ChangeRequest];
    const mayWait = requests.length === 1 && options.lockTimeoutMs === undefined;
    if (mayWait)
      await this.orUnwritable(requests, options, () => work.awaitRows?.(input, businessId, dataSource));
    const tally = new ChangeTally();
    const outcomes = await dataSource.transaction(async (manager) => {
      const session = await sessionOf(manager);
      const begun = await this.orUnwritable(requests, options, () => begin(session, requests, options));
      const { transactionId, refusals } = begun;
      const outcomes = apartFromOthers(requests).map((isApart, number): Outcome | null => {
        const refusal = refusals[number] ?? null;
        return refusal === null ? (isApart ? 'apart' : null) : { refusal, transactionId };
      });
      const changes = requests.map(
        ({ businessId, author }) => new Change(manager, businessId, author, this.trail, transactionId, tally),
      );
      const recorded = new Map<AuditDraft, RecordedEvent>();
      await makeAll(requests, changes, outcomes, recorded, mayWait);
      const events = changes.flatMap((change, number) => (isMade(outcomes[number]) ? change.take() : []));
      if (events.length > 0) {
        const places = await this.orUnwritable(requests, options, () =>
          this.trail.append(events, session, true),
        );
        places.forEach((place, index) => recorded.set(events[index] as AuditDraft, place));
      }
      tally.add(events);
      return outcomes as Outcome[];
    });
    this.outcomes.committed(tally);
    return outcomes;
  }

  /** A failure to lock or write a log may be caused by one of several changes; a log that is held for too long concerns all. */
  private async orUnwritable<Result>(
    requests: readonly ChangeRequest[],
    { lockTimeoutMs }: TransactionOptions,
    step: () => Result,
  ): Promise<Awaited<Result>> {
    try {
      return await step();
    } catch (error) {
      if (isLockTimeout(error) ? lockTimeoutMs !== undefined : requests.length > 1) throw error;
      throw this.trail.refusalFor(error);
    }
  }
}

/** Locks the logs, and proves the author of each after that. */
async function begin(
  session: Session,
  requests: readonly ChangeRequest[],
  { lockTimeoutMs, everyLog = false }: TransactionOptions,
): ReturnType<typeof beginChange> {
  if (everyLog) await lockEveryLog(session);
  const logs = new Set(requests.map(({ businessId }) => businessId ?? PLATFORM_LOG));
  const proofs = requests.map(({ author }) => author.proof);
  return beginChange(session, [...logs], proofs, lockTimeoutMs);
}

/** Makes the changes that have no outcome yet, those of each kind at once, and notes what becomes of them in `outcomes`. */
async function makeAll(
  requests: readonly ChangeRequest[],
  changes: readonly Change[],
  outcomes: (Outcome | null)[],
  recorded: ReadonlyMap<AuditDraft, RecordedEvent>,
  mayWait: boolean,
): Promise<void> {
  const open = [...requests.keys()].filter((number) => outcomes[number] === null);
  const workOf = (number: number): ChangeRequest['work'] => (requests[number] as ChangeRequest).work;
  for (const [work, numbers] of Map.groupBy(open, workOf)) {
    const items = numbers.map((number) => ({
      input: (requests[number] as ChangeRequest).input,
      change: changes[number] as Change,
    }));
    const { manager, transactionId } = (items[0] as (typeof items)[number]).change;
    const results = await orGivenUp(work.run(items, manager, mayWait), transactionId);
    items.forEach(({ change: { restsOnEarlier } }, index) => {
      const result = results[index];
      const made = { result, transactionId, restsOnEarlier, recorded };
      const outcome = result instanceof DomainError ? { refusal: result, transactionId } : made;
      outcomes[numbers[index] as number] = result === ROWS_HELD ? ROWS_HELD : outcome;
    });
  }
}

async function orGivenUp<Result>(work: Promise<Result>, transactionId: string): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof DomainError ? new GivenUp(error, transactionId) : error;
  }
}

/** For each, whether it would touch what another one before it does, or acts with a token that another one touches. */
function apartFromOthers(requests: readonly ChangeRequest[]): boolean[] {
  const first = new Map<string, number>();
  const claims = requests.map(({ work, input }) => work.claims(input));
  claims.forEach((names, number) => {
    for (const name of names) if (!first.has(name)) first.set(name, number);
  });
  return requests.map(({ author, work }, number) => {
    const isOthers = (name: string): boolean => (first.get(name) ?? number) !== number;
    return (
      (work.firstWins !== true && (claims[number] as readonly string[]).some(isOthers)) ||
      (author.proof !== null && isOthers(claimOnToken(author.proof.tokenId)))
    );
  });
}

function isMade(outcome: Outcome | null | undefined): outcome is Committed<unknown> {
  return typeof outcome === 'object' && outcome !== null && 'result' in outcome;
}
