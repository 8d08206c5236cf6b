import { Injectable } from '@nestjs/common';
import type { AuditContext } from '../audit/trail/audit-draft.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { eachToItsEnd } from '../common/each-to-its-end.js';
import { revocationEvent } from '../revocations/one-revocation.js';
import { RevocationsRepository } from '../revocations/revocations.repository.js';
import {
  type FoundSession,
  type MembersAccount,
  SessionsRepository,
  type SessionTarget,
} from './sessions.repository.js';

/** As many changes as there are sessions of the database for the ends of owners. */
const BUSINESSES_AT_ONCE_MAX = 3;

/**
 * Ends sessions because somebody signed out, here or at the provider, or because the account that they were opened with was
 * taken from its member. Whoever takes a session away revokes it.
 */
@Injectable()
export class SessionEnding {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly revocations: RevocationsRepository,
    private readonly changes: Changes,
  ) {}

  /**
   * Ends the sessions that are meant, in whatever business, and those of the others as well where one cannot be written to.
   * Resolves when no verifier can answer "active" for any of them any more (R1), also for those that had ended before. Each
   * that ends is recorded as `session.ended`, and as revoked.
   * @returns how many it ended
   * @throws DomainError `audit.unwritable`; `revocation.unconfirmed`: they have ended, but not all verifiers have confirmed it
   */
  async endWhere(target: SessionTarget, reason: string, context: AuditContext): Promise<number> {
    const found = await this.sessions.findMeant(target);
    const byBusiness = [...Map.groupBy(found, ({ business_id }) => business_id)];
    const ended = await eachToItsEnd(byBusiness, BUSINESSES_AT_ONCE_MAX, ([businessId, those]) =>
      this.endAll(businessId, those, reason, context),
    );
    return ended.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Ends, as a part of `change`, the sessions that a member has opened with an account that is not theirs any more. The
   * change has to be one that ends rights (`Changes.endEverywhere`); whoever opens a session asks again whose the account is.
   * @returns how many it ended; those that were cut off before are only marked, and not counted
   */
  async endOfAccountIn(
    change: Change,
    account: MembersAccount,
    reason: string,
    author: AuditContext,
  ): Promise<number> {
    const found = await this.sessions.findOfAccount(account, change.manager);
    const ids = found.map(({ id }) => id);
    const rows = await this.revocations.revokeThese(ids, { revokedBy: author.label, reason }, change.manager);
    const event = { businessId: account.businessId, author, reason };
    for (const row of rows)
      change.record(revocationEvent(event, row, { cause: 'account_unlinked', origin: null }));
    return rows.filter(({ revoked_with }) => revoked_with === null).length;
  }

  private endAll(
    businessId: string | null,
    sessions: readonly FoundSession[],
    reason: string,
    author: AuditContext,
  ): Promise<number> {
    const methods = new Map(sessions.map(({ id, method }) => [id, method]));
    return this.changes.endEverywhere(author, businessId, async (change) => {
      const facts = { revokedBy: author.label, reason };
      const rows = await this.revocations.revokeThese([...methods.keys()], facts, change.manager);
      for (const row of rows) {
        // First this: no event of a token follows its revocation.
        change.record({
          action: 'session.ended',
          target: { kind: 'token', id: row.id },
          reason,
          details: { owner: row.owner, method: methods.get(row.id) as string },
        });
        const event = { businessId, author, reason };
        change.record(revocationEvent(event, row, { cause: 'signed_out', origin: null }));
      }
      return rows.length;
    });
  }
}
