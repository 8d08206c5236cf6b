import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { EntityManager } from 'typeorm';
import { policyConfig } from '../../config/policy.config.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import type { Author } from './person.js';
import { TalliesRepository } from './tallies.repository.js';

/** How many tokens one person may revoke alone within 24 hours, and has by now. */
export interface Allowance {
  above: number;
  revokedAlone: number;
}

/** What one person may revoke alone, in a business or through all of them. */
@Injectable()
export class RevocationAllowances {
  constructor(
    private readonly businesses: BusinessesRepository,
    private readonly tallies: TalliesRepository,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /**
   * In a change what it says holds until that ends: what is revoked in one log is revoked one after the other.
   * @returns null: any number
   */
  async of(businessId: string | null, author: Author, manager: EntityManager): Promise<Allowance | null> {
    const above = await this.above(businessId, manager);
    if (above === null) return null;
    return { above, revokedAlone: await this.tallies.ofLastDay(businessId, author, manager) };
  }

  /** Has what one person revokes now count for what they revoke next. */
  async spend(
    revocation: { id: string; businessId: string | null; tokens: number },
    author: Author,
    manager: EntityManager,
  ): Promise<void> {
    if (revocation.tokens > 0) await this.tallies.add(revocation, author, manager);
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
