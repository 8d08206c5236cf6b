import type { EntityManager } from 'typeorm';
import { DomainError } from '../common/errors/domain-error.js';
import type { OwnerFilter } from './token-owner.js';
import type { TokensRepository } from './tokens.repository.js';

/**
 * How many more tokens owners may have, counting those that are made in the same transaction. Every transaction that
 * issues tokens locks the log of the business, so that the count stays correct.
 */
export class RoomForTokens {
  private readonly held = new Map<string, number>();

  constructor(
    private readonly tokens: TokensRepository,
    private readonly manager: EntityManager,
  ) {}

  /** Reserves the place for one token. @throws DomainError `token.limit_reached` */
  async take(businessId: string, owner: OwnerFilter, activeMax: number): Promise<void> {
    const key = JSON.stringify([businessId, owner]);
    const held = this.held.get(key) ?? (await this.tokens.countActive(businessId, owner, this.manager));
    this.held.set(key, held);
    if (held >= activeMax)
      throw new DomainError(
        'token.limit_reached',
        `The owner holds ${activeMax} active tokens, which is the most allowed.`,
      );
    this.held.set(key, held + 1);
  }
}
