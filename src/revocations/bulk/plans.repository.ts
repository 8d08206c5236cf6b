import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { queryPreparedIn } from '../../database/prepared.js';
import { PLATFORM_ROWS } from '../../database/row-access.js';
import type { RevocationTerms } from './revocation-terms.js';

/** For whoever reads a preview and decides. */
const PLAN_SECONDS = 600;

interface Plan {
  terms: RevocationTerms;
  tokens: number;
  fingerprint: Buffer;
}

/** What became of a plan that somebody wants to use. */
type PlanState = 'usable' | 'used' | 'expired';

/** Plans of revocations: each is of one caller, and is used once. */
@Injectable()
export class PlansRepository {
  /** @returns when it ends */
  async keep(
    { id, businessId, actorTokenId }: { id: string; businessId: string | null; actorTokenId: string },
    { terms, tokens, fingerprint }: Plan,
    manager: EntityManager,
  ): Promise<Date> {
    const text = `
INSERT INTO revocation_plans (id, business_id, actor_token_id, request, tokens, fingerprint, expires_at)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, now() + make_interval(secs => ${PLAN_SECONDS})) RETURNING expires_at AS "expiresAt"`;
    const [row] = await queryPreparedIn<{ expiresAt: Date }>(
      manager,
      { name: 'revocation_plan_keep', text },
      [id, businessId ?? PLATFORM_ROWS, actorTokenId, JSON.stringify(terms), tokens, fingerprint],
    );
    return (row as { expiresAt: Date }).expiresAt;
  }

  /**
   * Whoever else would use it waits until the transaction ends; null: the caller has none of that id here. Uses
   * revocation_plans_pkey.
   */
  async hold(
    businessId: string | null,
    id: string,
    actorTokenId: string,
    manager: EntityManager,
  ): Promise<(Plan & { state: PlanState }) | null> {
    const text = `
SELECT request AS terms, tokens, fingerprint,
  CASE WHEN used_at IS NOT NULL THEN 'used' WHEN expires_at <= clock_timestamp() THEN 'expired' ELSE 'usable' END AS state
FROM revocation_plans WHERE id = $1 AND business_id = $2 AND actor_token_id = $3 FOR UPDATE`;
    const statement = { name: 'revocation_plan_hold', text };
    const values = [id, businessId ?? PLATFORM_ROWS, actorTokenId];
    const [row] = await queryPreparedIn<Plan & { state: PlanState }>(manager, statement, values);
    return row ?? null;
  }

  async use(businessId: string | null, id: string, manager: EntityManager): Promise<void> {
    const text = 'UPDATE revocation_plans SET used_at = now() WHERE id = $1 AND business_id = $2';
    await queryPreparedIn(manager, { name: 'revocation_plan_use', text }, [id, businessId ?? PLATFORM_ROWS]);
  }
}
