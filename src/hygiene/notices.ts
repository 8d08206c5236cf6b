import { Injectable } from '@nestjs/common';
import { SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import type { ChangeEvent } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { PolicyRevocation } from '../revocations/policy-revocation.js';
import { NoticesRepository } from './notices.repository.js';
import type { Notice, ToldRow } from './notices.sql.js';

/** The log of the business is held for as long as these take: some ten milliseconds. */
const TOKENS_A_CHANGE = 250;

/** Tells the log of a business what there is to tell of its tokens, once, and ends those that its policy ends. */
@Injectable()
export class Notices {
  constructor(
    private readonly repository: NoticesRepository,
    private readonly changes: Changes,
    private readonly revocation: PolicyRevocation,
  ) {}

  /**
   * Of each of the tokens of which it is due, one event. It is noted in the transaction of the event what was told: whatever process asks for it when, and
   * whichever dies, none is told twice, and none is lost (R4).
   * @returns those that were told of
   */
  async tell(businessId: string, notice: Notice, tokenIds: readonly string[]): Promise<Set<string>> {
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
  async end(businessId: string, tokenIds: readonly string[]): Promise<void> {
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
