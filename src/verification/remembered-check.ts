import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { PeriodicService } from '../common/periodic-task.js';
import { auditConfig } from '../config/audit.config.js';
import { Verifier } from '../lease/verifier.js';
import { Verdicts } from './verdicts.js';
import { VerdictsRepository } from './verdicts.repository.js';

const TOKENS_A_STEP = 2000;

/**
 * Compares remembered active tokens with the database, some in every sealing period. The feed is a table: if somebody
 * deletes entries from it, verifiers do not forget. A difference that is found twice raises the alarm, and everything is
 * forgotten.
 */
@Injectable()
export class RememberedCheck extends PeriodicService {
  private walk: Iterator<string> | undefined;
  /** A single difference could be a transaction that took long to commit. */
  private foundOnce: readonly string[] = [];

  constructor(
    @Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>,
    private readonly tokens: VerdictsRepository,
    private readonly verifier: Verifier,
    private readonly verdicts: Verdicts,
    private readonly faults: IntegrityFaults,
  ) {
    super(config.sealMs, 'Verdicts', 'Memory could not be compared with the database; it will be retried.');
  }

  override async round(): Promise<void> {
    const { cache } = this.verdicts;
    const wanted = this.foundOnce.filter((jti) => cache.get(jti) !== undefined);
    this.walk ??= cache.takenForGood();
    for (let count = 0; count < TOKENS_A_STEP; count++) {
      const { value, done } = this.walk.next() as IteratorResult<string, undefined>;
      if (done === true) {
        this.walk = undefined;
        break;
      }
      wanted.push(value);
    }
    const before = new Set(this.foundOnce);
    this.foundOnce = [];
    if (wanted.length === 0) return;
    const rows = await this.tokens.findEndedLongAgo(wanted);
    // Without a lease nothing is answered from memory, and the memory may be out of date.
    const found = this.verifier.lease.holds() ? rows.filter(({ jti }) => cache.get(jti) !== undefined) : [];
    this.foundOnce = found.map(({ jti }) => jti);
    const again = found.filter(({ jti }) => before.has(jti));
    for (const { jti, business_id } of again)
      this.faults.raise('feed_incomplete', business_id ?? PLATFORM_LOG, jti);
    if (again.length > 0) cache.forgetEverything();
  }
}
