import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { DataSource, EntityManager } from 'typeorm';
import { policyConfig } from '../../config/policy.config.js';
import { queryPreparedIn } from '../../database/prepared.js';
import { acrossBusinesses, PLATFORM_ROWS } from '../../database/row-access.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { authorOf, type Author } from './person.js';
import { LINEAGES, type LineageRow } from './revocation-requests.sql.js';

/** How many tokens one person may revoke alone within 24 hours, and has by now. */
export interface Allowance {
  above: number;
  revokedAlone: number;
}

/** What one person may revoke alone, and has revoked alone, in a business or through all of them, where two may be needed. */
@Injectable()
export class RevocationAllowances {
  constructor(
    private readonly businesses: BusinessesRepository,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /** What a token comes from does not change, and may be of another business: it is looked up on a session of its own. */
  async author(dataSource: DataSource, tokenId: string): Promise<Author> {
    const line = await acrossBusinesses(dataSource, (manager) =>
      queryPreparedIn<LineageRow>(manager, LINEAGES, [['asked'], [tokenId]]),
    );
    return authorOf(tokenId, line);
  }

  /**
   * In a change what it says holds until that ends: what is revoked in one log is revoked one after the other. Uses
   * revocation_tallies_of_business_idx.
   * @returns null: any number
   */
  async of(businessId: string | null, { sought }: Author, manager: EntityManager): Promise<Allowance | null> {
    const above = await this.above(businessId, manager);
    if (above === null) return null;
    const text = `SELECT coalesce(sum(tokens), 0)::float8 AS tokens FROM revocation_tallies
    WHERE business_id = $1 AND made_at > now() - interval '24 hours' AND author_keys && $2::text[]`;
    const [row] = await queryPreparedIn<{ tokens: number }>(
      manager,
      { name: 'revocation_tallies_of_last_day', text },
      [businessId ?? PLATFORM_ROWS, sought],
    );
    return { above, revokedAlone: row?.tokens ?? 0 };
  }

  /** Has what one person revokes now count for what they revoke next. */
  async spend(
    { id, businessId, tokens }: { id: string; businessId: string | null; tokens: number },
    { keys }: Author,
    manager: EntityManager,
  ): Promise<void> {
    if (tokens === 0) return;
    const text =
      'INSERT INTO revocation_tallies (revocation_id, business_id, author_keys, tokens) VALUES ($1, $2, $3::text[], $4)';
    const values = [id, businessId ?? PLATFORM_ROWS, keys, tokens];
    await queryPreparedIn(manager, { name: 'revocation_tally_add', text }, values);
  }

  private async above(businessId: string | null, manager: EntityManager): Promise<number | null> {
    const { platformApprovalAbove } = this.policy;
    if (businessId === null) return platformApprovalAbove < 0 ? null : platformApprovalAbove;
    return (await this.businesses.find(businessId, manager))?.approvalAbove ?? null;
  }
}

/** Whether a second person has to approve a revocation of so many tokens. */
export function needsApproval(tokens: number, allowance: Allowance | null): boolean {
  return allowance !== null && tokens > 0 && tokens + allowance.revokedAlone > allowance.above;
}
