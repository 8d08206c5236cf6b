import { Injectable } from '@nestjs/common';
import { Settled } from './settled.js';

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

  /** Begins to look for verifiers that have fallen silent, if nobody does. */
  private begin(): void {
    if (this.watching) return;
    this.watching = true;
    void this.look().finally(() => (this.watching = false));
  }

  /** Waits for all verifiers to confirm a transaction that has changed nothing, and so for those that cannot. */
  private async look(): Promise<void> {
    try {
      await this.settled.everywhere(null);
    } catch {
      // Whoever waits for the log learns it by themselves.
    }
  }
}
