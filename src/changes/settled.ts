import { Injectable } from '@nestjs/common';
import { Batcher } from '../common/batcher.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { emptyTransaction } from '../database/leadership.js';
import { Barrier } from '../lease/barrier.js';
import type { BarrierFacts } from '../lease/barrier-facts.js';
import type { BarrierWatch } from '../lease/barrier-progress.js';

/** Waits for verifiers without a change: for who finds done what they ask for. */
@Injectable()
export class Settled {
  /** One transaction serves all that ask meanwhile. */
  private readonly marks: Batcher<(mark: Promise<string>) => void>;

  constructor(
    lane: RevokeLane,
    private readonly barrier: Barrier,
  ) {
    const take = async (asked: ((mark: Promise<string>) => void)[]): Promise<void> => {
      const mark = lane.look(null, emptyTransaction);
      for (const tell of asked) tell(mark);
      await mark.catch(() => undefined);
    };
    this.marks = new Batcher(take, { stalled: 1 });
  }

  /**
   * Resolves once no verifier answers from before whatever was committed in the business until now (null: in any).
   * @throws DomainError `revocation.unconfirmed`
   */
  async everywhere(businessId: string | null, watch?: BarrierWatch): Promise<BarrierFacts> {
    const mark = await new Promise<string>((resolve) => this.marks.submit(resolve));
    return this.barrier.waitForAllOf(businessId, mark, watch);
  }
}

/** Nobody holds a log for longer, unless they are in trouble, or have very much to write. */
const PATIENCE_MS = 100;

/**
 * Whoever holds a log for long may be a process that is frozen in the middle of a change. Its transaction ends by itself
 * after a lease term, and its lease has to be waited out as well: this is so that it happens at the same time (R2).
 */
@Injectable()
export class HolderWatch {
  private watching = false;

  constructor(private readonly settled: Settled) {}

  /** Does `work`, and begins to look when that takes longer than a log should be held. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const overdue = setTimeout(() => this.begin(), PATIENCE_MS);
    try {
      return await work();
    } finally {
      clearTimeout(overdue);
    }
  }

  /** Waits for all verifiers to confirm a transaction that has changed nothing, and so for those that cannot, if nobody does. */
  private begin(): void {
    if (this.watching) return;
    this.watching = true;
    const end = (): void => void (this.watching = false);
    // Whoever waits for the log learns of a failure by themselves.
    this.settled.everywhere(null).then(end, end);
  }
}
