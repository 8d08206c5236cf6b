import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { leads } from '../../database/leadership.js';
import { Adoption } from './adoption.js';
import { MissedPublications } from './missed-publications.js';
import { Sealer } from './sealer.js';
import { TreesRepository } from './trees.repository.js';

const LOGS_A_BATCH = 64;

/** Seals every log with new events, every few seconds. One process at a time does this. */
@Injectable()
export class SealingRounds extends PeriodicService {
  /** The next start may have another signing key, and only the public part of this one. */
  protected override readonly endsWithRound = true;

  constructor(
    @Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>,
    private readonly trees: TreesRepository,
    private readonly sealer: Sealer,
    private readonly missed: MissedPublications,
    private readonly adoption: Adoption,
  ) {
    super(config.sealMs, 'Audit', 'The audit log could not be sealed; it will be retried.');
  }

  override async round(stopped: AbortSignal): Promise<void> {
    await this.adoption.adopt();
    await this.missed.publish();
    await this.sealNews(stopped);
  }

  /** Seals until no log has new events, or another process does it. */
  private async sealNews(stopped: AbortSignal): Promise<void> {
    // A log with more news than a batch takes is met again by the next walk; one with a fault does not grow.
    for (let hasGrown = true; hasGrown && !stopped.aborted;) {
      const walk = await this.sealEach(stopped);
      if (walk === null) return;
      hasGrown = walk;
    }
  }

  /** Walks through all logs once. @returns whether one of them has grown; null: another process is at it */
  private async sealEach(stopped: AbortSignal): Promise<boolean | null> {
    let hasGrown = false;
    for (let last: string | null = null; !stopped.aborted;) {
      const logIds: string[] = await this.trees.unsealed(last, LOGS_A_BATCH);
      if (logIds.length === 0) break;
      const before = await this.trees.states(logIds);
      const trees = await this.sealer.seal(logIds, (manager) => leads('audit_sealing', manager));
      if (trees === null) return null;
      for (const [logId, tree] of trees)
        if (tree !== null && tree.size !== before.get(logId)?.size) hasGrown = true;
      last = logIds.at(-1) ?? null;
    }
    return hasGrown;
  }
}
