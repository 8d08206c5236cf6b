import { LRUCache } from 'lru-cache';
import { clientKeyOf } from './client-key.js';

interface Window {
  spent: number;
  endsAtMs: number;
}

const WINDOW_MS = 60_000;

/**
 * How many addresses are counted at a time; beyond that the least recently seen are forgotten, so that a flood cannot
 * fill the memory.
 */
const WINDOWS_MAX = 50_000;

/**
 * What each address has spent in its present minute, in the memory of this process: each worker counts for itself.
 * An IPv6 network of 64 bits is one address.
 */
export class RateWindows {
  private readonly windows = new LRUCache<string, Window>({ max: WINDOWS_MAX });

  /** @param limit units that an address may spend in a minute */
  constructor(private readonly limit: number) {}

  /** Counts units. @returns seconds until the window ends when that was over the limit; 0: it was not */
  spend(address: string, units: number): number {
    const key = clientKeyOf(address);
    const nowMs = performance.now();
    let window = this.windows.get(key);
    if (window === undefined || nowMs >= window.endsAtMs) {
      window = { spent: 0, endsAtMs: nowMs + WINDOW_MS };
      this.windows.set(key, window);
    }
    window.spent += units;
    return this.wait(window, nowMs);
  }

  /** As `spend`, and counts nothing. */
  secondsToWait(address: string): number {
    const window = this.windows.get(clientKeyOf(address));
    return window === undefined ? 0 : this.wait(window, performance.now());
  }

  private wait(window: Window, nowMs: number): number {
    const leftMs = window.endsAtMs - nowMs;
    return window.spent <= this.limit || leftMs <= 0 ? 0 : Math.ceil(leftMs / 1000);
  }
}
