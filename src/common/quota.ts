import { LRUCache } from 'lru-cache';

/** What is left of a quota, or that it is used up. */
export interface QuotaUse {
  /** What clients know it by (RateLimit-Policy). */
  name: string;
  limit: number;
  /** null: of what is under way at once. */
  windowSeconds: number | null;
  remaining: number;
  /** Until the window ends; null: nobody can tell. */
  secondsLeft: number | null;
  isExceeded: boolean;
}

/** Keys counted at a time; beyond that the longest silent are forgotten, so that a flood cannot fill memory. */
const KEYS_MAX = 50_000;

/** So many of something in each window of time, for each key, in the memory of this process: each worker counts for itself. */
export class Quota {
  private readonly windows = new LRUCache<string, { used: number; endsAtMs: number }>({ max: KEYS_MAX });

  constructor(
    private readonly name: string,
    private readonly limit: number,
    private readonly windowSeconds = 1,
  ) {}

  /** Counts one more, or `units` of them: with 0 it only looks. */
  use(key: string, units = 1): QuotaUse {
    const nowMs = performance.now();
    let window = this.windows.get(key);
    if (window === undefined || nowMs >= window.endsAtMs) {
      window = { used: 0, endsAtMs: nowMs + this.windowSeconds * 1000 };
      if (units > 0) this.windows.set(key, window);
    }
    window.used += units;
    return {
      name: this.name,
      limit: this.limit,
      windowSeconds: this.windowSeconds,
      remaining: Math.max(0, this.limit - window.used),
      // Rounded up, a sum of milliseconds can be a trifle over the window.
      secondsLeft: Math.min(this.windowSeconds, Math.ceil((window.endsAtMs - nowMs) / 1000)),
      isExceeded: window.used > this.limit,
    };
  }
}

/** So many of something under way at once, for each key, in this process. */
export class ConcurrencyQuota {
  private readonly open = new Map<string, number>();

  constructor(
    private readonly name: string,
    private readonly limit: number,
  ) {}

  /** Counts one more, unless that is too many. */
  begin(key: string): QuotaUse {
    const others = this.open.get(key) ?? 0;
    const isExceeded = others >= this.limit;
    if (!isExceeded) this.open.set(key, others + 1);
    return {
      name: this.name,
      limit: this.limit,
      windowSeconds: null,
      remaining: Math.max(0, this.limit - others - 1),
      secondsLeft: null,
      isExceeded,
    };
  }

  /** Counts one less: of those that `begin` counted. */
  end(key: string): void {
    const others = (this.open.get(key) ?? 1) - 1;
    if (others === 0) this.open.delete(key);
    else this.open.set(key, others);
  }
}
