import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import { RevokeLane } from '../database/revoke-lane.js';
import type { ManagementScope } from '../verification/scopes.js';
import { TokensRepository } from './tokens.repository.js';
import type { Dialect } from '../token-rows/token.entity.js';

/** Scopes that the tokens of one dialect do not need: its clients manage their own account with any of its tokens. */
@Injectable()
export class DialectScope {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly demands: ScopeDemands,
    private readonly revokeLane: RevokeLane,
  ) {}

  /**
   * Demands `scope` of every token except those that `dialect` issued.
   * @param lane where the token is looked up: that of the route
   * @throws DomainError `permission.denied`
   */
  async demand(
    scope: ManagementScope,
    dialect: Dialect,
    { businessId, principal }: BusinessCaller,
    lane: 'management' | 'revoke' = 'management',
  ): Promise<void> {
    if (this.demands.holds(principal, scope)) return;
    const find = (manager?: EntityManager) => this.tokens.find(businessId, principal.token.id, null, manager);
    const token = await (lane === 'management' ? find() : this.revokeLane.look(businessId, find));
    if (token?.dialect !== dialect) this.demands.demand(principal, scope);
  }
}
