import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { addressesWithin, limitsOfCredentials } from './credential-limits.js';
import type { Token } from '../token-rows/token.entity.js';
import { TokensRepository } from './tokens.repository.js';

/** Changes the addresses that a token may be used from. */
@Injectable()
export class TokenAddresses {
  constructor(private readonly tokens: TokensRepository) {}

  /**
   * Binds `token` to those of the addresses `asked` for (null: any) that the limits of the caller's token and of the token
   * that it was issued with allow (docs/adr/0031). Tokens that were issued with it earlier are not touched. The caller holds
   * the log of the business, so neither of the two changes meanwhile.
   * @throws DomainError `permission.denied` when nothing is left; `input.invalid` for a token of Token Auth, whose identity
   *   sets its addresses; `token.not_found` for a row that this service did not write
   */
  async bind(
    caller: BusinessCaller,
    token: Token,
    asked: readonly string[] | null,
    manager: EntityManager,
  ): Promise<void> {
    if (token.dialect === 'infisical') throw ofTokenAuth();
    const { businessId } = caller;
    const [limits] = await limitsOfCredentials([caller], this.tokens, manager);
    if (limits === undefined) throw refusal('token.not_found');
    const ofParent = await this.tokens.addressesOfIssuer(businessId, token.id, manager);
    const granted = addressesWithin(limits.trustedIps, addressesWithin(ofParent, asked));
    if ((await this.tokens.bindToAddresses(businessId, new Map([[token.id, granted]]), manager)) === 0)
      throw refusal('token.not_found');
  }
}

function ofTokenAuth(): DomainError {
  return refusal('input.invalid', {
    issues: [
      {
        loc: ['body', 'trusted_ips'],
        msg: 'The Token Auth of its identity sets the addresses of this token',
        type: 'value_error',
      },
    ],
  });
}
