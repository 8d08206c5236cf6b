import { Injectable } from '@nestjs/common';
import type { InactiveReason, Verdict } from './verdict.js';

/** Verdicts given since the start of this process, by outcome: plain numbers, read by the metrics. */
@Injectable()
export class VerdictCounter {
  readonly outcomes = new Map<'active' | InactiveReason, number>();

  count(verdict: Verdict): void {
    this.countOutcome(verdict.active ? 'active' : verdict.reason);
  }

  countOutcome(outcome: 'active' | InactiveReason): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}
