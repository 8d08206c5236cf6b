import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { clientKeyOf } from '../common/http/client-key.js';
import { inactive, type Verdict } from '../verification/verdict.js';
import type { Presentation } from '../verification/presentation.js';
import { Verdicts } from '../verification/verdicts.js';
import { Rates } from '../admission/rates.js';

/** The pause between look-ups for an address with too many guesses. */
const PACE_MS = 50;
/** A look-up that would have to wait longer is refused. */
const WAIT_MS_MAX = 2000;
const ADDRESSES_MAX = 50_000;

interface PresentedSecret extends Presentation {
  /** Where the request came from. */
  from: string;
}

/**
 * Verifies secrets that callers present as their own. For an address that has presented too many invalid strings,
 * look-ups in the database are slowed down, and refused beyond forty at a time: so guessing costs the database a limited
 * number of look-ups. An active token from the same address is still admitted, at once if it is in memory,
 * so that somebody who guesses from there cannot lock it out. It does not reset the count either.
 */
@Injectable()
export class PresentedSecrets {
  /** When the next look-up of an address may be made, on the monotonic clock. */
  private readonly nextMs = new LRUCache<string, number>({ max: ADDRESSES_MAX });

  constructor(
    private readonly verdicts: Verdicts,
    private readonly rates: Rates,
  ) {}

  /** As `Verdicts.verify`; also `unknown` if no look-up is made. */
  verdictOn(secret: string, presented: PresentedSecret): Verdict | Promise<Verdict> {
    if (
      !this.rates.use('failed-authentications', presented.from, 0).isExceeded ||
      !this.verdicts.needsLookUp(secret, presented)
    )
      return this.verdicts.verify(secret, presented);
    const waitMs = this.reserve(presented.from);
    if (waitMs === null) return inactive('unknown');
    return delay(waitMs).then(() => this.verdicts.verify(secret, presented));
  }

  /**
   * Reserves the next look-up of the address for the caller, and returns how long to wait for it; null: none is
   * available.
   */
  private reserve(from: string): number | null {
    const address = clientKeyOf(from);
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, this.nextMs.get(address) ?? 0);
    if (atMs - nowMs > WAIT_MS_MAX) return null;
    this.nextMs.set(address, atMs + PACE_MS);
    return atMs - nowMs;
  }
}
