import { Injectable } from '@nestjs/common';
import { INACTIVE_REASONS, type InactiveReason, type Verdict } from './verdict.js';

type Outcome = 'active' | InactiveReason;

/** Verdicts given since the start of this process, by outcome: plain numbers, read by the metrics. */
@Injectable()
export class VerdictCounter {
  /** Each from 0 on: a series that begins with its first count would hide it from whoever asks what has grown. */
  readonly outcomes = new Map<Outcome, number>(
    (['active', ...INACTIVE_REASONS] as const).map((outcome) => [outcome, 0]),
  );

  count(verdict: Verdict): void {
    this.countOutcome(verdict.active ? 'active' : verdict.reason);
  }

  countOutcome(outcome: Outcome): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}
