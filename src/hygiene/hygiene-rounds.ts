import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { loggableError } from '../common/errors/driver-error.js';
import { PeriodicService } from '../common/periodic-task.js';
import { hygieneConfig } from '../config/leaks.config.js';
import { whileLeading } from '../database/leadership.js';
import {
  type BusinessRow,
  type Notice,
  NoticesRepository,
  START,
  type ToldRow,
  type Walk,
} from './notices.repository.js';
import { SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import type { ChangeEvent } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { PolicyRevocation } from '../revocations/policy-revocation.js';

/** The log of the business is held for as long as these take: some ten milliseconds. */
const TOKENS_A_CHANGE = 250;

/** So that a process which is restarted often gets round to it. */
const FIRST_ROUND_MS = 60_000;

const WALKS: Record<Notice, readonly Walk[]> = {
  expiring: ['expiring'],
  unused: ['used_before', 'never_used'],
  rotation_due: ['old'],
};
const EVERY_NOTICE = Object.keys(WALKS) as Notice[];

/**
 * Looks through the tokens of every business for those that end soon, that nobody uses, and that are old, round after round. Tells the log of
 * the business what there is to tell, once, and ends those that its policy ends. One process at a time does. That saves work, and
 * no more: what is told once is told once whoever looks.
 */
@Injectable()
export class HygieneRounds extends PeriodicService {
  private readonly logger = new Logger('Hygiene');
  protected override readonly firstAfterMs: number;

  constructor(
    @Inject(hygieneConfig.KEY) private readonly config: ConfigType<typeof hygieneConfig>,
    private readonly dataSource: DataSource,
    private readonly repository: NoticesRepository,
    private readonly changes: Changes,
    private readonly revocation: PolicyRevocation,
  ) {
    super(
      config.roundMs,
      'Hygiene',
      'Tokens that are due for a notice, or for a revocation by policy, could not be searched for; it will be retried.',
    );
    this.firstAfterMs = Math.min(config.roundMs, FIRST_ROUND_MS);
  }

  override round(stopped: AbortSignal): Promise<void> {
    return whileLeading(this.dataSource, 'hygiene', stopped, (over) => this.walk(over));
  }

  private async walk(over: AbortSignal): Promise<void> {
    for (let after: string = NIL_UUID; ;) {
      const businesses = await this.repository.nextBusinesses(after);
      for (const business of businesses) {
        if (over.aborted) return;
        await this.attempt(business, over);
      }
      const last = businesses.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** A business whose log somebody holds does not hold up others. */
  private async attempt(business: BusinessRow, over: AbortSignal): Promise<void> {
    const due = EVERY_NOTICE.filter((notice) => business[notice]);
    if (due.length === 0) return;
    try {
      for (const notice of due) await this.tell(business.id, notice, over);
      if (!over.aborted) await this.repository.forget(business.id);
    } catch (error) {
      this.logger.warn(
        { ...loggableError(error), business_id: business.id },
        'Notices about tokens of a business, or revocations by its policy, could not be made; it will be retried.',
      );
    }
  }

  private async tell(businessId: string, notice: Notice, over: AbortSignal): Promise<void> {
    for (const walk of WALKS[notice])
      for (let from = START; !over.aborted;) {
        const { due, next } = await this.repository.walk(businessId, walk, from);
        const told = await this.tellSome(businessId, notice, due);
        // Who has just been warned of has some days left.
        if (notice === 'unused')
          await this.end(
            businessId,
            due.filter((id) => !told.has(id)),
          );
        if (next === null) break;
        from = next;
      }
  }

  /**
   * Of each of the tokens of which it is due, one event. It is noted in the transaction of the event what was told: whatever process asks for it when, and
   * whichever dies, none is told twice, and none is lost (R4).
   * @returns those that were told of
   */
  private async tellSome(
    businessId: string,
    notice: Notice,
    tokenIds: readonly string[],
  ): Promise<Set<string>> {
    const told = new Set<string>();
    for (const ids of inParts(tokenIds))
      await this.changes.make(SYSTEM_CONTEXT, businessId, 'unconcerned', async (change) => {
        const rows = await this.repository.tell(businessId, notice, ids, change.manager);
        for (const row of rows) {
          told.add(row.id);
          change.record(noticeEvent(notice, row));
        }
      });
    return told;
  }

  /** Revokes those of the tokens that were not used for longer than the policy allows, and warned of in time (R1). */
  private async end(businessId: string, tokenIds: readonly string[]): Promise<void> {
    for (const ids of inParts(tokenIds))
      await this.revocation.revokeByPolicy(businessId, async (manager) => {
        const ended = await this.repository.holdEnded(businessId, ids, manager);
        return ended.map(({ id, days }) => ({ tokenId: id, reason: `not used for ${days} days` }));
      });
  }
}

function inParts(ids: readonly string[]): string[][] {
  const parts = Math.ceil(ids.length / TOKENS_A_CHANGE);
  return Array.from({ length: parts }, (_, part) =>
    ids.slice(part * TOKENS_A_CHANGE, (part + 1) * TOKENS_A_CHANGE),
  );
}

function noticeEvent(notice: Notice, row: ToldRow): ChangeEvent {
  const target = { kind: 'token' as const, id: row.id };
  const facts = { name: row.name, owner: row.owner, days: row.days };
  switch (notice) {
    case 'expiring': {
      const details = { ...facts, expires_at: row.about.toISOString() };
      return { action: 'token.expiring', target, details };
    }
    case 'unused': {
      const [lastUsedAt, revokedFrom] = [row.last_used_at, row.revoked_from];
      const details = {
        ...facts,
        last_used_at: lastUsedAt?.toISOString() ?? null,
        revoked_from: revokedFrom.toISOString(),
      };
      return { action: 'token.unused', target, details };
    }
    case 'rotation_due': {
      const details = { ...facts, issued_at: row.about.toISOString() };
      return { action: 'token.rotation_due', target, details };
    }
  }
}
