import type { Clock } from '../lease/clock.js';

/** Each takes some ten microseconds to prove, make and send. */
const GRANTS_A_TURN = 100;

/**
 * Sub-leases that have been asked for. They are granted once everything that has arrived by then was heard: in it are
 * acknowledgements that revocations wait for, and a lease asked for at the same time does not end for some hundred
 * milliseconds.
 */
export class GrantsDue {
  private due: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** @param grant must not throw */
  add(grant: () => void): void {
    if (this.due.push(grant) === 1) this.clock.soon(() => this.turn());
  }

  private turn(): void {
    const now = this.due;
    this.due = now.length > GRANTS_A_TURN ? now.splice(GRANTS_A_TURN) : [];
    if (this.due.length > 0) this.clock.soon(() => this.turn());
    for (const grant of now) grant();
  }
}
