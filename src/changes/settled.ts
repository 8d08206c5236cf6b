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
