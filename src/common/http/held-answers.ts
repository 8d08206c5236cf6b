import { setTimeout as pause } from 'node:timers/promises';

const HOLD_MS_MIN = 500;
const HOLD_MS_MAX = 1500;
/** How many are held at a time; further ones are answered at once, because holding costs memory. */
const HELD_MAX = 5000;

/**
 * Delays answers to clients that ask too often. They ask again as soon as they are answered, so with immediate refusals
 * they could use all of the processor. Each delay is different, so that they do not come back together.
 */
export class HeldAnswers {
  private held = 0;

  /** Resolves when the answer may be sent. */
  async hold(): Promise<void> {
    if (this.held >= HELD_MAX) return;
    this.held++;
    await pause(HOLD_MS_MIN + Math.random() * (HOLD_MS_MAX - HOLD_MS_MIN));
    this.held--;
  }
}
