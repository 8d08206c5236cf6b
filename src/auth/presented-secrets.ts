import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { clientKeyOf } from '../common/http/client-key.js';
import { inactive, type Verdict } from '../verification/verdict.js';
import { Verdicts, type Presentation } from '../verification/verdicts.js';
import { FailedAuthentications } from './failed-authentications.js';

/** Between the look-ups of an address that has guessed too much. */
const PACE_MS = 50;
/** A look-up that would have to wait longer is not made. */
const WAIT_MS_MAX = 2000;
const ADDRESSES_MAX = 50_000;

interface PresentedSecret extends Presentation {
  /** Where the request came from. */
  from: string;
}

/**
 * Judges secrets that callers present as their own. To an address that has presented too many that never were any,
 * what memory cannot tell is told slowly, and beyond forty at a time not at all: guessing costs the database a bounded
 * number of look-ups. A good token behind the same address passes all the same, at once when it is remembered.
 */
@Injectable()
export class PresentedSecrets {
  /** When the next look-up of an address may be made, on the monotonic clock. */
  private readonly nextMs = new LRUCache<string, number>({ max: ADDRESSES_MAX });

  constructor(
    private readonly verdicts: Verdicts,
    private readonly failures: FailedAuthentications,
  ) {}

  /** As `Verdicts.verify`; `unknown` as well for what is not looked up. */
  verdictOn(secret: string, presented: PresentedSecret): Verdict | Promise<Verdict> {
    if (!this.failures.areTooMany(presented.from) || !this.verdicts.needsLookUp(secret, presented))
      return this.verdicts.verify(secret, presented);
    const waitMs = this.reserve(presented.from);
    if (waitMs === null) return inactive('unknown');
    return delay(waitMs).then(() => this.verdicts.verify(secret, presented));
  }

  /** How long to wait for the next look-up of the address, which is the caller's then; null: there is none to be had. */
  private reserve(from: string): number | null {
    const address = clientKeyOf(from);
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, this.nextMs.get(address) ?? 0);
    if (atMs - nowMs > WAIT_MS_MAX) return null;
    this.nextMs.set(address, atMs + PACE_MS);
    return atMs - nowMs;
  }
}
