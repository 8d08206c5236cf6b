import { type DomainError, refusal } from '../common/errors/domain-error.js';
import { rateLimited } from '../common/http/rate-limited.js';

/** How much of a thing that all share may be in use. */
export interface FairQueueLimits {
  atOnce: number;
  /** Of one key. */
  atOncePerKey: number;
  /** Of one key; whoever comes beyond that is refused. Infinity unless said otherwise. */
  waitingPerKeyMax?: number;
  /** After this nobody waits any longer. Infinity unless said otherwise. */
  waitMsMax?: number;
}

interface Waiting {
  start: () => void;
}

interface Share {
  running: number;
  waiting: Set<Waiting>;
}

/**
 * Lets work begin, as much at once as there may be, in turns between keys: whoever asks for much waits behind
 * themselves, and everybody else for one piece of it at most.
 */
export class FairQueue {
  private readonly shares = new Map<string, Share>();
  /** Those that wait and may begin, whose turn is next first. */
  private readonly turns = new Set<string>();
  private running = 0;
  private readonly limits: Required<FairQueueLimits>;

  constructor(limits: FairQueueLimits) {
    this.limits = { waitingPerKeyMax: Infinity, waitMsMax: Infinity, ...limits };
  }

  /** How many wait, of all keys. */
  get waiting(): number {
    let sum = 0;
    for (const { waiting } of this.shares.values()) sum += waiting.size;
    return sum;
  }

  /** @throws DomainError `request.rate_limited` when so much of `key` waits that more would be refused */
  demandRoom(key: string): void {
    const waiting = this.shares.get(key)?.waiting.size ?? 0;
    if (waiting >= this.limits.waitingPerKeyMax) throw rateLimited(1);
  }

  /**
   * Does `work` when it is the turn of `key`.
   * @throws DomainError `request.rate_limited` when too much of the same key waits already, `service.unavailable`
   * when its turn did not come in time; then the work was not begun. Whatever `work` throws.
   */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    await this.turnOf(key);
    try {
      return await work();
    } finally {
      this.end(key);
    }
  }

  private turnOf(key: string): Promise<void> {
    const share = this.shares.get(key) ?? { running: 0, waiting: new Set() };
    this.shares.set(key, share);
    if (this.running < this.limits.atOnce && share.running < this.limits.atOncePerKey) {
      this.begin(share);
      return Promise.resolve();
    }
    this.demandRoom(key);
    return this.wait(key, share);
  }

  private wait(key: string, share: Share): Promise<void> {
    return new Promise((resolve, reject) => {
      const { waitMsMax } = this.limits;
      const waiting: Waiting = {
        start: () => {
          clearTimeout(overdue);
          resolve();
        },
      };
      const giveUp = (): void => {
        share.waiting.delete(waiting);
        this.settle(key, share);
        reject(tooLate());
      };
      const overdue = waitMsMax === Infinity ? undefined : setTimeout(giveUp, waitMsMax);
      share.waiting.add(waiting);
      this.settle(key, share);
    });
  }

  private begin(share: Share): void {
    share.running++;
    this.running++;
  }

  private end(key: string): void {
    const share = this.shares.get(key) as Share;
    share.running--;
    this.running--;
    this.settle(key, share);
    this.startNext();
  }

  private startNext(): void {
    while (this.running < this.limits.atOnce) {
      const [key] = this.turns;
      if (key === undefined) return;
      const share = this.shares.get(key) as Share;
      const [next] = share.waiting;
      share.waiting.delete(next as Waiting);
      this.begin(share);
      // Behind all others, if there is more of it.
      this.turns.delete(key);
      this.settle(key, share);
      next?.start();
    }
  }

  /** Whether `key` has anything that may begin, or anything at all. */
  private settle(key: string, share: Share): void {
    if (share.waiting.size > 0 && share.running < this.limits.atOncePerKey) this.turns.add(key);
    else this.turns.delete(key);
    if (share.waiting.size === 0 && share.running === 0) this.shares.delete(key);
  }
}

function tooLate(): DomainError {
  return refusal('service.unavailable', {
    retryAfterSeconds: 1,
  });
}
