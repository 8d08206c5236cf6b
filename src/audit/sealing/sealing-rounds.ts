import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { leads } from '../../database/leadership.js';
import { Adoption } from './adoption.js';
import { Sealer } from './sealer.js';
import { TreesRepository } from './trees.repository.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { TreeTrust } from './tree-trust.js';
import { AppendedEvents } from '../trail/appended-events.js';
import { IntegrityFaults } from './integrity-faults.js';
import { LogRowsRepository } from './log-rows.repository.js';

const EVENTS_A_STEP = 2000;

/**
 * Checks in every sealing period that the last events that this process wrote still exist: what is not sealed yet is
 * in no tree, and could be removed together with the head. Every process checks its own.
 */
@Injectable()
export class AppendedCheck extends PeriodicService {
  protected override readonly endsWithRound = true;

  constructor(
    @Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>,
    private readonly appended: AppendedEvents,
    private readonly rows: LogRowsRepository,
    private readonly faults: IntegrityFaults,
  ) {
    super(config.sealMs, 'Audit', 'The newest events could not be checked; it will be retried.');
  }

  override async round(): Promise<void> {
    const events = this.appended.some(EVENTS_A_STEP);
    if (events.length === 0) return;
    const fates = await this.rows.fatesOf(events);
    for (const [index, fate] of fates.entries()) {
      const event = events[index];
      if (event === undefined || fate === 'pending') continue;
      if (fate === 'lost') this.faults.raise('event_lost', event.log, event.sequence);
      this.appended.forget(event);
    }
  }
}

/** A transaction that seals takes less than this from its time stamp to its commit. */
const COMMIT_MS_MAX = 60_000;

const LOGS_A_BATCH = 64;

/** Seals every log with new events, every few seconds. One process at a time does this. */
@Injectable()
export class SealingRounds extends PeriodicService {
  /** The next start may have another signing key, and only the public part of this one. */
  protected override readonly endsWithRound = true;
  /** What was sealed before has been published. */
  private publishedUntil = new Date(0);

  constructor(
    @Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>,
    private readonly trees: TreesRepository,
    private readonly sealer: Sealer,
    private readonly publisher: CheckpointPublisher,
    private readonly trust: TreeTrust,
    private readonly adoption: Adoption,
  ) {
    super(config.sealMs, 'Audit', 'The audit log could not be sealed; it will be retried.');
  }

  override async round(stopped: AbortSignal): Promise<void> {
    await this.adoption.adopt();
    await this.publishMissed();
    await this.sealNews(stopped);
  }

  /**
   * Publishes checkpoints whose process ended between committing and publishing them: at the start all that the
   * directory does not have, later what was sealed since. If another process publishes the same, there is one file.
   */
  private async publishMissed(): Promise<void> {
    await this.publisher.publish([]);
    if (!this.publisher.hasDirectory) return;
    const sealed = await this.trees.sealedSince(this.publishedUntil);
    for (const tree of await this.publisher.missing(sealed)) {
      const judged = await this.trust.judge(tree, this.trees.tilesOf(tree.logId));
      if (judged !== null) await this.publisher.publishMissing([judged]);
    }
    const latest = Math.max(0, ...sealed.map(({ sealedAt }) => sealedAt.getTime()));
    this.publishedUntil = new Date(Math.max(this.publishedUntil.getTime(), latest - COMMIT_MS_MAX));
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
