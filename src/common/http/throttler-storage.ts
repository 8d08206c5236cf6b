import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

interface Window {
  hits: number;
  endsAtMs: number;
}

/** Addresses counted at a time; beyond that the longest silent are forgotten, so that a flood cannot fill memory. */
const WINDOWS_MAX = 50_000;

/** Counts hits in windows of fixed length, in the memory of this process: each worker counts for itself. */
@Injectable()
export class BoundedThrottlerStorage implements ThrottlerStorage {
  private readonly windows = new LRUCache<string, Window>({ max: WINDOWS_MAX });

  /** How many windows are held, ended ones included. */
  get size(): number {
    return this.windows.size;
  }

  /** Counts one hit; blocked from the one over `limit` on, until the window ends. */
  hit(key: string, ttlMs: number, limit: number): ThrottlerStorageRecord {
    const nowMs = performance.now();
    let window = this.windows.get(key);
    if (window === undefined || nowMs >= window.endsAtMs) {
      window = { hits: 0, endsAtMs: nowMs + ttlMs };
      this.windows.set(key, window);
    }
    window.hits++;
    const isBlocked = window.hits > limit;
    const timeToExpire = Math.max(1, Math.ceil((window.endsAtMs - nowMs) / 1000));
    return {
      totalHits: window.hits,
      timeToExpire,
      isBlocked,
      timeToBlockExpire: isBlocked ? timeToExpire : 0,
    };
  }

  clear(key: string): void {
    this.windows.delete(key);
  }

  increment(
    key: string,
    ttlMs: number,
    limit: number,
    _blockMs: number,
    throttler: string,
  ): Promise<ThrottlerStorageRecord> {
    return Promise.resolve(this.hit(`${throttler} ${key}`, ttlMs, limit));
  }
}
