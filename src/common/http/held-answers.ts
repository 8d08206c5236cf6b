import { setTimeout as pause } from 'node:timers/promises';

const HOLD_MS_MIN = 500;
const HOLD_MS_MAX = 1500;
/** So many are held at a time; what comes beyond that is answered at once, since holding costs memory. */
const HELD_MAX = 5000;

/**
 * Holds answers to those who ask too often. They ask again as soon as they are answered, so that a refusal at once would
 * let them take all of the processor with questions. Different times for each, so that they do not come back together.
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
