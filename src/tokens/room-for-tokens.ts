import type { EntityManager } from 'typeorm';
import { DomainError } from '../common/errors/domain-error.js';
import type { OwnerFilter } from './token-owner.js';
import type { TokensRepository } from './tokens.repository.js';

/**
 * How many more tokens owners may hold, among those that are made in one transaction. Whoever makes one holds the log of
 * the business, so that a count stays true.
 */
export class RoomForTokens {
  private readonly held = new Map<string, number>();

  constructor(
    private readonly tokens: TokensRepository,
    private readonly manager: EntityManager,
  ) {}

  /** Takes the place of one token. @throws DomainError `token.limit_reached` */
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
