import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { rateLimited, refusal } from '../common/errors/domain-error.js';
import { databaseConfig } from '../config/database.config.js';
import { policyConfig } from '../config/policy.config.js';
import { verifierStreamConfig } from '../config/verification.config.js';
import {
  type Amount,
  amountOf,
  LIMITS,
  type LimitSettings,
  type LimitUse,
  type PlaceName,
  type Sharers,
  type TurnLimit,
  type TurnName,
} from './limits.js';
import { sessionsOf } from './sessions.js';

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
        reject(refusal('service.unavailable', { retryAfterSeconds: 1 }));
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

/** The platform among the keys, beside the businesses. */
const PLATFORM = 'platform';

/** What of a business and of one of its tokens has begun, or would be one too many. */
interface SharedPlaces {
  uses: LimitUse[];
  /** To be called once, when it has ended. */
  end: () => void;
}

/** Who is under way and who waits, as the limits of the kinds `turns` and `places` have it. */
@Injectable()
export class Turns {
  private readonly queues = new Map<TurnName, FairQueue>();
  private readonly open = new Map<PlaceName, Map<string, number>>();
  private readonly settings: LimitSettings;

  constructor(
    @Inject(policyConfig.KEY) policy: ConfigType<typeof policyConfig>,
    @Inject(databaseConfig.KEY) database: ConfigType<typeof databaseConfig>,
    @Inject(verifierStreamConfig.KEY) streams: ConfigType<typeof verifierStreamConfig>,
  ) {
    const managementSessions = sessionsOf(database.poolMax).management;
    this.settings = { ...policy, ...database, ...streams, managementSessions };
  }

  /**
   * Does `work` when it is the turn of `key`; null: the platform's.
   * @throws DomainError `request.rate_limited` when too much of the same key waits already, `service.unavailable` when its
   *   turn did not come in time; then the work was not begun. Whatever `work` throws.
   */
  run<Result>(name: TurnName, key: string | null, work: () => Promise<Result>): Promise<Result> {
    return this.queueOf(name).run(key ?? PLATFORM, work);
  }

  /** @throws DomainError `request.rate_limited` when so much of `key` waits that more would be refused */
  demandRoom(name: TurnName, key: string): void {
    this.queueOf(name).demandRoom(key);
  }

  /** Does `work` in a place of its own. @throws DomainError `request.rate_limited` when `key` has none left; whatever `work` throws */
  async inPlace<Result>(name: PlaceName, key: string, work: () => Promise<Result>): Promise<Result> {
    if (this.enter(name, key).isExceeded) throw rateLimited(1);
    try {
      return await work();
    } finally {
      this.leave(name, key);
    }
  }

  /** Takes a place of the business and one of its token, unless one of the uses says that this is too many. */
  enterShared(kind: 'streams' | 'exports', { business, token }: Sharers): SharedPlaces {
    const asked: [PlaceName, string][] = [[`business-${kind}`, business]];
    if (token !== null) asked.push([`token-${kind}`, token]);
    const uses = asked.map(([name, key]) => this.enter(name, key));
    const end = (): void => {
      asked.forEach(([name, key], index) => {
        if (uses[index]?.isExceeded === false) this.leave(name, key);
      });
    };
    if (uses.some(({ isExceeded }) => isExceeded)) end();
    return { uses, end };
  }

  /** Whether so many are as many as there may be, for those who count the places themselves. */
  areTaken(name: PlaceName, count: number): boolean {
    return count >= this.amountOf(LIMITS[name].most);
  }

  private enter(name: PlaceName, key: string): LimitUse {
    const open = this.open.get(name) ?? new Map<string, number>();
    this.open.set(name, open);
    const limit = this.amountOf(LIMITS[name].most);
    const others = open.get(key) ?? 0;
    const isExceeded = others >= limit;
    if (!isExceeded) open.set(key, others + 1);
    const remaining = Math.max(0, limit - others - 1);
    return { name, limit, windowSeconds: null, remaining, secondsLeft: null, isExceeded };
  }

  private leave(name: PlaceName, key: string): void {
    const open = this.open.get(name);
    const others = (open?.get(key) ?? 1) - 1;
    if (others === 0) open?.delete(key);
    else open?.set(key, others);
  }

  private queueOf(name: TurnName): FairQueue {
    const known = this.queues.get(name);
    if (known !== undefined) return known;
    const {
      atOnce,
      atOncePerKey,
      waitingPerKeyMax = Infinity,
      waitMsMax = Infinity,
    }: TurnLimit = LIMITS[name];
    const queue = new FairQueue({
      atOnce: this.amountOf(atOnce),
      atOncePerKey: this.amountOf(atOncePerKey),
      waitingPerKeyMax,
      waitMsMax: this.amountOf(waitMsMax),
    });
    this.queues.set(name, queue);
    return queue;
  }

  private amountOf(amount: Amount): number {
    return amountOf(amount, this.settings);
  }
}
