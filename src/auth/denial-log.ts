import { Injectable } from '@nestjs/common';
import { PLATFORM_LOG, SYSTEM_CONTEXT, type AuditDraft } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { FairQueue } from '../common/fair-queue.js';

/** A denied call, before equal ones are counted together. */
export type Denial = Omit<AuditDraft<'access.denied'>, 'details'> & {
  details: Omit<AuditDraft<'access.denied'>['details'], 'count'>;
};

/** How long a denial that may wait does so, so that others can share its event. */
const LATER_MS = 500;
const TURNS = { atOnce: 2, atOncePerKey: 1, waitMsMax: 5000 };

/** The denials of one log that are written together. */
class Batch {
  private readonly alike = new Map<string, { first: Denial; count: number }>();
  private readonly settlers: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isDue = false;

  constructor(readonly businessId: string | null) {}

  /** Resolves once the batch is written. */
  add(denial: Denial): Promise<void> {
    const { actor, target, request, details } = denial;
    const key = JSON.stringify([actor.token_id, target, request.ip, details]);
    const known = this.alike.get(key);
    if (known === undefined) this.alike.set(key, { first: denial, count: 1 });
    else known.count++;
    return new Promise((resolve, reject) => this.settlers.push({ resolve, reject }));
  }

  /** Starts the write once, when the first caller asks for it. */
  schedule(delayMs: number, write: () => void): void {
    if (this.isDue || (this.timer !== undefined && delayMs > 0)) return;
    clearTimeout(this.timer);
    if (delayMs > 0) this.timer = setTimeout(() => this.schedule(0, write), delayMs);
    else {
      this.isDue = true;
      write();
    }
  }

  drafts(): AuditDraft<'access.denied'>[] {
    return [...this.alike.values()].map(({ first, count }) => ({
      ...first,
      details: { ...first.details, count },
    }));
  }

  settle(error?: unknown): void {
    for (const { resolve, reject } of this.settlers) {
      if (error === undefined) resolve();
      else reject(error);
    }
  }
}

/**
 * Writes denied calls to the log of the caller's business: denials that arrive while a transaction is running share the
 * next one, and equal ones (token, address, route, reason) share an event that counts them. Logs are written in turns,
 * so that a locked log does not delay the denials of others.
 */
@Injectable()
export class DenialLog {
  private readonly batches = new Map<string | null, Batch>();
  private readonly turns = new FairQueue(TURNS);

  constructor(private readonly changes: Changes) {}

  /**
   * Resolves once it is recorded.
   * @param isHeld its caller has to wait anyway
   * @throws DomainError `audit.unwritable`, `service.unavailable`, or the driver's error: then nothing is recorded of it
   */
  record(denial: Denial, isHeld: boolean): Promise<void> {
    const { businessId } = denial;
    const batch = this.batches.get(businessId) ?? new Batch(businessId);
    this.batches.set(businessId, batch);
    const written = batch.add(denial);
    batch.schedule(isHeld ? LATER_MS : 0, () => void this.write(batch));
    return written;
  }

  private async write(batch: Batch): Promise<void> {
    try {
      await this.turns.run(batch.businessId ?? PLATFORM_LOG, async () => {
        this.close(batch);
        await this.changes.make(SYSTEM_CONTEXT, batch.businessId, 'unconcerned', (change) => {
          change.recordCollected(batch.drafts());
        });
      });
      batch.settle();
    } catch (error) {
      this.close(batch);
      batch.settle(error);
    }
  }

  /** Closed for further denials: later ones are recorded with the next. */
  private close(batch: Batch): void {
    if (this.batches.get(batch.businessId) === batch) this.batches.delete(batch.businessId);
  }
}
