import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { Adoption } from '../audit/sealing/adoption.js';
import { PLATFORM_LOG, SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { PeriodicService } from '../common/periodic-task.js';
import { auditConfig } from '../config/audit.config.js';
import { inTurn } from '../database/leadership.js';
import { TokenMacs } from '../secrets/token-macs.js';
import { ReconciliationRepository } from './reconciliation.repository.js';

const TOKENS_A_STEP = 500;
const FIRST_ID = NIL_UUID;
const LOOK_AGAIN_MS = 2000;

/**
 * Makes the MACs of tokens of a version that made none, if that is due and RESCIND_AUDIT_ADOPT is on, and records when all have
 * theirs. Tokens whose pepper is not configured are not changed.
 */
@Injectable()
export class TokenAdoption extends PeriodicService {
  private readonly logger = new Logger('Audit');
  protected override readonly firstAfterMs = 0;

  private bound = 0;
  private isNoted = false;

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly dataSource: DataSource,
    private readonly tokens: ReconciliationRepository,
    private readonly macs: TokenMacs,
    private readonly ofLogs: Adoption,
    private readonly changes: Changes,
  ) {
    super(LOOK_AGAIN_MS, 'Audit', 'Tokens could not be bound; it will be retried.');
  }

  protected override get isWanted(): boolean {
    return this.config.adopts;
  }

  /** Resolves after one round more; none begins any more. */
  finish(): Promise<void> {
    return this.rounds.finish();
  }

  override async round(stopped: AbortSignal): Promise<void> {
    let after: string | null | undefined = FIRST_ID;
    while (typeof after === 'string' && !stopped.aborted) after = await this.bindSome(after);
    if (after === undefined && this.ofLogs.sealed !== null && !this.isNoted)
      await this.note(this.ofLogs.sealed);
  }

  private async note(logs: number): Promise<void> {
    await this.changes.make(SYSTEM_CONTEXT, null, 'unconcerned', async (change) => {
      if (!(await this.tokens.noteAdoption(change.manager))) return;
      const target = { kind: 'audit' as const, id: PLATFORM_LOG };
      change.record({ action: 'integrity.adopted', target, details: { tokens: this.bound, logs } });
    });
    this.isNoted = true;
  }

  /** @returns the position reached; undefined: there are no more; null: another process is doing it */
  private bindSome(after: string): Promise<string | null | undefined> {
    return inTurn(this.dataSource, 'token_adoption', async (manager) => {
      const rows = await this.tokens.unbound(after, TOKENS_A_STEP, manager);
      const bindable = rows.filter(({ pepper_id }) => this.macs.has(pepper_id));
      await this.tokens.bind(
        bindable.map((row) => ({ id: row.id, mac: this.macs.macOf(row) })),
        manager,
      );
      if (bindable.length > 0)
        this.logger.warn(
          { tokens: bindable.length },
          'RESCIND_AUDIT_ADOPT is on: tokens without a MAC are accepted, and get one.',
        );
      this.bound += bindable.length;
      return rows.length < TOKENS_A_STEP ? undefined : (rows.at(-1) as { id: string }).id;
    });
  }
}
