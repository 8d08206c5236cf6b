import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { PLATFORM_LOG, type AuditContext } from '../audit/trail/audit-draft.js';
import { AuditTrail } from '../audit/trail/audit-trail.js';
import { beginChange } from '../audit/trail/begin-change.js';
import { DomainError } from '../common/errors/domain-error.js';
import { sessionOf } from '../database/prepared.js';
import { Change } from './change.js';
import { ChangeOutcomes } from './change-outcomes.js';
import { ChangeTally } from './change-tally.js';
import { claimOnToken, type SharedWork } from './shared-work.js';

/** A change that is asked for. */
export interface SharedRequest {
  work: SharedWork<unknown, unknown>;
  author: AuditContext;
  /** Whose log it is made in; null: the platform's. */
  businessId: string | null;
  input: unknown;
}

/** A change that was committed. */
export interface SharedCommit {
  result: unknown;
  transactionId: string;
  restsOnEarlier: boolean;
}

/** A change that was refused by the work of its kind. */
export interface SharedRefusal {
  refusal: DomainError;
  transactionId: string;
}

/** What became of a request; `apart`: it must not be in one transaction with another one that is made. */
export type SharedOutcome = SharedCommit | SharedRefusal | DomainError | 'apart';

/** One transaction that makes the changes of many, proves the author of each, and writes the events of all. */
@Injectable()
export class SharedTransaction {
  constructor(
    private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
    private readonly outcomes: ChangeOutcomes,
  ) {}

  /**
   * Resolves once all that is not refused is committed.
   * @param lockTimeoutMs how long one lock is waited for
   * @throws the driver's error, and then nothing was changed
   */
  async run(requests: readonly SharedRequest[], lockTimeoutMs: number): Promise<SharedOutcome[]> {
    try {
      const tally = new ChangeTally();
      const outcomes = await this.dataSource.transaction((manager) =>
        this.runIn(manager, requests, tally, lockTimeoutMs),
      );
      this.outcomes.committed(tally);
      return outcomes;
    } catch (error) {
      this.outcomes.failed(error);
      throw error;
    }
  }

  private async runIn(
    manager: EntityManager,
    requests: readonly SharedRequest[],
    tally: ChangeTally,
    lockTimeoutMs: number,
  ): Promise<SharedOutcome[]> {
    const session = await sessionOf(manager);
    const logs = new Set(requests.map(({ businessId }) => businessId ?? PLATFORM_LOG));
    const proofs = requests.map(({ author }) => author.proof);
    const { transactionId, refusals } = await beginChange(session, [...logs], proofs, lockTimeoutMs);
    const outcomes: (SharedOutcome | null)[] = apartFromOthers(requests).map(
      (isApart, number) => refusals[number] ?? (isApart ? 'apart' : null),
    );
    const changes = requests.map(
      ({ businessId, author }) => new Change(manager, businessId, author, this.trail, transactionId),
    );
    for (const work of new Set(requests.map((request) => request.work))) {
      const numbers = requests.flatMap((request, number) =>
        request.work === work && outcomes[number] === null ? [number] : [],
      );
      if (numbers.length === 0) continue;
      const items = numbers.map((number) => ({
        input: (requests[number] as SharedRequest).input,
        change: changes[number] as Change,
      }));
      const results = await work.run(items, manager);
      items.forEach(({ change: { restsOnEarlier } }, index) => {
        const result = results[index];
        outcomes[numbers[index] as number] =
          result instanceof DomainError
            ? { refusal: result, transactionId }
            : { result, transactionId, restsOnEarlier };
      });
    }
    const events = changes.flatMap((change, number) => (isRefused(outcomes[number]) ? [] : change.events));
    if (events.length > 0) await this.trail.append(events, session);
    tally.add(events);
    return outcomes as SharedOutcome[];
  }
}

/** For each, whether it would touch what another one before it does, or acts with a token that another one touches. */
function apartFromOthers(requests: readonly SharedRequest[]): boolean[] {
  const first = new Map<string, number>();
  const claims = requests.map(({ work, input }) => work.claims(input));
  claims.forEach((names, number) => {
    for (const name of names) if (!first.has(name)) first.set(name, number);
  });
  return requests.map(({ author }, number) => {
    const isOthers = (name: string): boolean => (first.get(name) ?? number) !== number;
    return (
      (claims[number] as readonly string[]).some(isOthers) ||
      (author.proof !== null && isOthers(claimOnToken(author.proof.tokenId)))
    );
  });
}

function isRefused(outcome: SharedOutcome | null | undefined): outcome is SharedRefusal | DomainError {
  return (
    outcome instanceof DomainError ||
    (typeof outcome === 'object' && outcome !== null && 'refusal' in outcome)
  );
}
