import { Injectable } from '@nestjs/common';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { isAsWritten } from '../sealing/leaves.js';
import { Proofs } from '../sealing/proofs.js';
import { EventMacs } from '../trail/event-macs.js';
import type { StoredEvent } from './stored-event.js';

/** Separates rows that this service wrote from rows that somebody else wrote, before anybody is shown them. */
@Injectable()
export class GenuineEvents {
  /** Rows that are shown to many readers at once are checked once. */
  private readonly judged = new WeakSet<StoredEvent>();

  constructor(
    private readonly macs: EventMacs,
    private readonly proofs: Proofs,
    private readonly faults: IntegrityFaults,
  ) {}

  /** @throws DomainError `audit.integrity_violated` unless each is what this service wrote at its place */
  async demand(rows: readonly StoredEvent[]): Promise<void> {
    if ((await this.genuine(rows)).length < rows.length) throw refusal('audit.integrity_violated');
  }

  /**
   * Those of the rows that are, one at each sequence; all others raise a fault. If no available key can decide it,
   * the tree does.
   */
  async genuine(rows: readonly StoredEvent[]): Promise<StoredEvent[]> {
    const unproven = new Map<string, StoredEvent[]>();
    for (const row of rows) {
      if (this.judged.has(row) || !isAsWritten(row)) continue;
      const judgement = this.macs.judge(row.business_id, Number(row.sequence), row.leaf_hash, row.mac);
      if (judgement === 'genuine') this.judged.add(row);
      if (judgement === 'unknown_key') push(unproven, row);
    }
    for (const [logId, these] of unproven) await this.judgeByTree(logId, these);
    const places = new Set<string>();
    return rows.filter((row) => {
      const { business_id: logId, sequence } = row;
      if (!this.judged.has(row)) this.faults.raise('event_forged', logId, Number(sequence));
      else if (places.has(`${logId} ${sequence}`))
        this.faults.raise('event_doubled', logId, Number(sequence));
      else {
        places.add(`${logId} ${sequence}`);
        return true;
      }
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

  private async judgeByTree(logId: string, rows: readonly StoredEvent[]): Promise<void> {
    try {
      const leaves = await this.proofs.leaves(
        logId,
        rows.map(({ sequence }) => Number(sequence)),
      );
      for (const row of rows)
        if (leaves.get(Number(row.sequence))?.equals(row.leaf_hash) === true) this.judged.add(row);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }
}

function push(byLog: Map<string, StoredEvent[]>, row: StoredEvent): void {
  const rows = byLog.get(row.business_id);
  if (rows === undefined) byLog.set(row.business_id, [row]);
  else rows.push(row);
}
