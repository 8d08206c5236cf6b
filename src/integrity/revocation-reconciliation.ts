import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { PeriodicService } from '../common/periodic-task.js';
import { auditConfig } from '../config/audit.config.js';
import { inTurn, othersAreActive } from '../database/leadership.js';
import { loggedRevocation } from './logged-state.js';
import { ReconciliationRepository } from './reconciliation.repository.js';

const TOKENS_A_STEP = 1000;
const FIRST_ID: string = NIL_UUID;
/** A rest is so many times as long as the step before it: the first pass takes a quarter of one session at most. */
const RESTS_A_STEP = 3;
/** The rest where others have work in the database, or the machine more than its processors can do: it goes on even then. */
const BUSY_REST_MS = 1000;

/**
 * Compares all tokens with the log, again and again: a token whose revocation is in the log is revoked, whatever its row
 * says (R3). All tokens at the start, with rests in which others have their turn, then some in every sealing period. One process
 * does it at a time.
 */
@Injectable()
export class RevocationReconciliation extends PeriodicService {
  protected override readonly firstAfterMs = 0;
  private after = FIRST_ID;
  private isFirstPass = true;

  constructor(
    @Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>,
    private readonly dataSource: DataSource,
    private readonly genuine: GenuineEvents,
    private readonly faults: IntegrityFaults,
    private readonly tokens: ReconciliationRepository,
  ) {
    super(config.sealMs, 'Audit', 'Tokens could not be compared with the log; it will be retried.');
  }

  override async round(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const startedMs = performance.now();
      const step = await this.next();
      if (step === null || step.isWhole || !this.isFirstPass) return;
      const isLoaded = step.isBusy || (loadavg()[0] as number) > availableParallelism();
      const restMs = isLoaded ? BUSY_REST_MS : RESTS_A_STEP * (performance.now() - startedMs);
      await delay(restMs, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  /** Whole: the pass has ended and begins again; null: another process is doing it. */
  private next(): Promise<{ isWhole: boolean; isBusy: boolean } | null> {
    return inTurn(this.dataSource, 'reconciliation', async (manager) => {
      const tokens = await this.tokens.next(this.after, TOKENS_A_STEP, manager);
      await this.reconcile(
        tokens.filter(({ is_revoked }) => !is_revoked).map(({ id }) => id),
        manager,
      );
      const isWhole = tokens.length < TOKENS_A_STEP;
      this.after = isWhole ? FIRST_ID : (tokens.at(-1) as { id: string }).id;
      if (isWhole) this.isFirstPass = false;
      return { isWhole, isBusy: await othersAreActive(manager) };
    });
  }

  private async reconcile(ids: readonly string[], manager: EntityManager): Promise<void> {
    if (ids.length === 0) return;
    const rows = await this.tokens.recordedRevocations(ids, false, manager);
    for (const event of await this.genuine.genuine(rows)) {
      const { target_id: tokenId, business_id: logId, actor_email } = event;
      this.faults.raise('token_unrevoked', logId, tokenId);
      // Whoever compares meanwhile finds the difference, or the fault.
      await this.faults.settled();
      const logged = loggedRevocation(event);
      const revokedBy = logged.revokedBy ?? actor_email ?? 'platform';
      await this.tokens.revokeAgain(tokenId, { ...logged, revokedBy }, manager);
    }
  }
}
