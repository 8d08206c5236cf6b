import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SYSTEM_CONTEXT, type AuditContext } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { sessionOf } from '../database/prepared.js';
import { KeptBarriers } from './receipts/kept-barriers.repository.js';
import { revocationEvent } from './one-revocation.js';
import { RevocationsRepository } from './revocations.repository.js';

/** A token that a policy revokes, and why. */
interface EndedByPolicy {
  tokenId: string;
  reason: string;
}

/** Rescind itself, on behalf of the policy of a business. */
const POLICY: AuditContext = { ...SYSTEM_CONTEXT, label: 'policy' };

/**
 * Revokes tokens because the policy of their business says so, with the same statement and event as every revocation.
 */
@Injectable()
export class PolicyRevocation {
  constructor(
    private readonly changes: Changes,
    private readonly revocations: RevocationsRepository,
    private readonly barriers: KeptBarriers,
  ) {}

  /**
   * Revokes the tokens that `choose` returns, in one transaction that locks the log of the business, so that neither the
   * policy nor a token changes meanwhile. Locked tokens are skipped. Resolves only when no verifier can answer "active"
   * for any of the others (R1).
   * @returns how many it revoked
   */
  async revokeByPolicy(
    businessId: string,
    choose: (manager: EntityManager) => Promise<EndedByPolicy[]>,
  ): Promise<number> {
    const { result: revoked, barrier } = await this.changes.end(POLICY, businessId, async (change) => {
      const ended = await choose(change.manager);
      const facts = { businessId, revokedBy: POLICY.label };
      const requests = ended.map((each) => ({ ...each, ...facts }));
      const rows = await this.revocations.revokeTokens(await sessionOf(change.manager), requests, 'skip');
      const ids: string[] = [];
      for (const row of rows) {
        const request = requests[row.number - 1];
        if (row.id === null || request === undefined) continue;
        const { tokenId, reason } = request;
        const isItself = row.id === tokenId;
        const origin = isItself
          ? ({ cause: 'policy', origin: null } as const)
          : ({ cause: 'grace', origin: tokenId } as const);
        change.record(revocationEvent({ businessId, author: POLICY, reason }, row, origin));
        if (row.revoked_with === null) ids.push(row.id);
      }
      return ids;
    });
    for (const id of revoked) this.barriers.keep(businessId, id, barrier);
    return revoked.length;
  }
}
