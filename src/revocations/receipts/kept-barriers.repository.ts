import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { IntegrityFaults } from '../../audit/sealing/integrity-faults.js';
import { PLATFORM_LOG } from '../../audit/trail/audit-draft.js';
import { canonicalJson } from '../../log-format/canonical-event.js';
import { refusal } from '../../common/errors/domain-error.js';
import { PeriodicService } from '../../common/periodic-task.js';
import type { BarrierFacts } from '../../lease/barrier-facts.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { RowMacs } from '../../secrets/row-macs.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { queryPreparedIn } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness, PLATFORM_ROWS } from '../../database/row-access.js';

const WRITE_MS = 250;
const WAITING_MAX = 20_000;
const ROWS_A_STATEMENT = 1000;

/** What a revocation waited for, and when that was over: RFC 3339, database time. */
export type KeptBarrier = BarrierFacts & { confirmed_at: string };

interface Waiting {
  businessId: string | null;
  tokenId: string;
  facts: KeptBarrier;
}

/**
 * Stores with the token what its revocation waited for, some at a time, after the answer. A process that dies before
 * that loses it; the next receipt then waits again, and its facts are stored.
 */
@Injectable()
export class KeptBarriers extends PeriodicService {
  private readonly macs: RowMacs;
  protected override readonly endsWithRound = true;
  private readonly waiting = new Map<string, Waiting>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly faults: IntegrityFaults,
    private readonly clock: DatabaseClock,
    signingKeys: SigningKeys,
  ) {
    super(WRITE_MS, 'Tokens', 'What revocations waited for could not be kept; it will be retried.');
    this.macs = new RowMacs(signingKeys, 'rescind revocation barrier');
  }

  /** Must be called when the wait of the first revocation of a token is over. */
  keep(businessId: string | null, tokenId: string, barrier: BarrierFacts): void {
    if (this.waiting.size >= WAITING_MAX) return;
    this.waiting.set(tokenId, { businessId, tokenId, facts: this.endedNow(barrier) });
  }

  /**
   * The stored facts of the revocation. If there are none, those of the present wait, which are then stored.
   * @throws DomainError `audit.integrity_violated` when somebody has changed it
   */
  async of(businessId: string | null, tokenId: string, now: BarrierFacts): Promise<KeptBarrier> {
    const kept = await this.kept(businessId, tokenId);
    if (kept !== null) return kept;
    const facts = this.endedNow(now);
    await this.write([{ businessId, tokenId, facts }]);
    return (await this.find(businessId, tokenId)) ?? facts;
  }

  /** The stored facts of a revocation; null: none, or not yet. @throws as `of` */
  async kept(businessId: string | null, id: string): Promise<KeptBarrier | null> {
    return this.waiting.get(id)?.facts ?? this.find(businessId, id);
  }

  private async find(businessId: string | null, tokenId: string): Promise<KeptBarrier | null> {
    const [row] = await inBusiness(this.dataSource, businessId, (manager) =>
      manager.query<{ facts: unknown; mac: Buffer }[]>(
        'SELECT facts, mac FROM revocation_barriers WHERE token_id = $1 AND business_id = $2',
        [tokenId, businessId ?? PLATFORM_ROWS],
      ),
    );
    if (row === undefined) return null;
    const judgement = this.macs.judge(row.mac, tokenId, canonicalJson(row.facts));
    if (judgement === 'genuine') return row.facts as KeptBarrier;
    if (judgement === 'unknown_key') return null;
    this.faults.raise('receipt_differs', businessId ?? PLATFORM_LOG, tokenId);
    throw refusal('audit.integrity_violated');
  }

  private endedNow(barrier: BarrierFacts): KeptBarrier {
    return { ...barrier, confirmed_at: new Date(Math.floor(this.clock.nowMs())).toISOString() };
  }

  /** Rows that exist are not changed. */
  private async write(rows: readonly Waiting[]): Promise<void> {
    const text = `
INSERT INTO revocation_barriers (token_id, business_id, facts, mac)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::bytea[]) ON CONFLICT DO NOTHING`;
    await acrossBusinesses(this.dataSource, (manager) =>
      queryPreparedIn(manager, { name: 'keep_barriers', text }, [
        rows.map(({ tokenId }) => tokenId),
        rows.map(({ businessId }) => businessId ?? PLATFORM_ROWS),
        rows.map(({ facts }) => JSON.stringify(facts)),
        rows.map(({ tokenId, facts }) => this.macs.macOf(tokenId, canonicalJson(facts))),
      ]),
    );
  }

  override async round(): Promise<void> {
    while (this.waiting.size > 0) {
      const some = [...this.waiting.values()].slice(0, ROWS_A_STATEMENT);
      await this.write(some);
      for (const { tokenId } of some) this.waiting.delete(tokenId);
    }
  }
}
