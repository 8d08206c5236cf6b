import { Injectable } from '@nestjs/common';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { isAsWritten } from '../sealing/leaves.js';
import type { MacJudgement } from '../../secrets/row-macs.js';
import { Proofs } from '../proofs/proofs.js';
import { EventMacs } from '../trail/event-macs.js';
import type { StoredEvent } from '../trail/stored-event.js';

/** Separates rows that this service wrote from rows that somebody else wrote, before anybody is shown them. */
@Injectable()
export class GenuineEvents {
  /** Of `demandShared`. */
  private readonly shared = new WeakSet<StoredEvent>();

  constructor(
    private readonly macs: EventMacs,
    private readonly proofs: Proofs,
    private readonly faults: IntegrityFaults,
  ) {}

  /** @throws DomainError `audit.integrity_violated` unless each is what this service wrote at its place */
  async demand(rows: readonly StoredEvent[]): Promise<void> {
    if ((await this.genuine(rows)).length < rows.length) throw refusal('audit.integrity_violated');
  }

  /** The same of rows that many readers are shown at once: each is checked once. */
  async demandShared(rows: readonly StoredEvent[]): Promise<void> {
    const genuine = await this.genuine(rows, (row) => this.shared.has(row));
    for (const row of genuine) this.shared.add(row);
    if (genuine.length < rows.length) throw refusal('audit.integrity_violated');
  }

  /**
   * Those of the rows that are, one at each sequence; all others raise a fault. If no available key can decide it,
   * the tree does.
   * @param isJudged whether a row has been found to be one before
   */
  async genuine(
    rows: readonly StoredEvent[],
    isJudged: (row: StoredEvent) => boolean = () => false,
  ): Promise<StoredEvent[]> {
    const judgements = rows.map((row) => (isJudged(row) ? 'genuine' : this.judge(row)));
    const unproven = Map.groupBy(
      rows.filter((_, index) => judgements[index] === 'unknown_key'),
      (row) => row.business_id,
    );
    const inTree = new Set<StoredEvent>();
    for (const [logId, these] of unproven) for (const row of await this.inTree(logId, these)) inTree.add(row);
    const places = new Set<string>();
    return rows.filter((row, index) => {
      const { business_id: logId, sequence } = row;
      if (judgements[index] !== 'genuine' && !inTree.has(row))
        this.faults.raise('event_forged', logId, Number(sequence));
      else if (!isFirstAt(places, row)) this.faults.raise('event_doubled', logId, Number(sequence));
      else return true;
      return false;
    });
  }

  /**
   * Of rows that are counted and not read.
   * @param counts with a sequence, or null, of a row that the register of sequences has not at its place and time
   * @throws DomainError `audit.integrity_violated` for any
   */
  demandRegistered(logId: string, counts: readonly { forged: string | null }[]): void {
    const forged = counts.flatMap((count) => count.forged ?? []);
    for (const sequence of forged) this.faults.raise('event_forged', logId, Number(sequence));
    if (forged.length > 0) throw refusal('audit.integrity_violated');
  }

  private judge(row: StoredEvent): MacJudgement {
    if (!isAsWritten(row)) return 'forged';
    return this.macs.judge(row.business_id, Number(row.sequence), row.leaf_hash, row.mac);
  }

  /** Those of the rows of one log whose leaves are in its tree. */
  private async inTree(logId: string, rows: readonly StoredEvent[]): Promise<StoredEvent[]> {
    try {
      const leaves = await this.proofs.leaves(
        logId,
        rows.map(({ sequence }) => Number(sequence)),
      );
      return rows.filter(
        ({ sequence, leaf_hash: leaf }) => leaves.get(Number(sequence))?.equals(leaf) === true,
      );
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return [];
    }
  }
}

/** Whether no row before has the same sequence in the same log. */
function isFirstAt(places: Set<string>, { business_id: logId, sequence }: StoredEvent): boolean {
  const before = places.size;
  return places.add(`${logId}${sequence}`).size > before;
}
