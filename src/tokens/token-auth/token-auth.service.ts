import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditTrail } from '../../audit/trail/audit-trail.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { newId } from '../../common/new-id.js';
import { IdentitiesRepository } from '../../identities/identities.repository.js';
import type { IdentityTokenAuth } from '../../identities/identity-token-auth.entity.js';
import {
  IdentityTokenAuthRepository,
  type TokenAuthSettings,
} from '../../identities/identity-token-auth.repository.js';
import { Barrier } from '../../revocation/barrier.js';
import type { TokenTerms } from '../token-issuing.service.js';
import { TokenRevocationService } from '../token-revocation.service.js';
import { TokensRepository } from '../tokens.repository.js';
import { boundOf, checkedSettings, SETTINGS_DEFAULT, termsUnder } from './token-auth-settings.js';

/**
 * Token Auth (Infisical): the terms under which tokens are issued to an identity. Every change holds the identity's
 * exclusive lock, so that no token is issued under terms that are being changed or taken away.
 */
@Injectable()
export class TokenAuthService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly identities: IdentitiesRepository,
    private readonly settings: IdentityTokenAuthRepository,
    private readonly tokens: TokensRepository,
    private readonly revocations: TokenRevocationService,
    private readonly trail: AuditTrail,
    private readonly barrier: Barrier,
  ) {}

  /** @throws DomainError `identity.not_found`, `identity.token_auth_not_found` */
  async get(businessId: string, identityId: string): Promise<IdentityTokenAuth> {
    if ((await this.identities.find(businessId, identityId)) === null) return noIdentity();
    const found = await this.settings.find(businessId, identityId);
    if (found === null)
      throw new DomainError('identity.token_auth_not_found', 'The identity has no Token Auth attached.');
    return found;
  }

  /** @throws DomainError `identity.not_found`, `identity.token_auth_attached`, `request.invalid` */
  async attach(
    caller: BusinessCaller,
    identityId: string,
    wanted: Partial<TokenAuthSettings>,
  ): Promise<IdentityTokenAuth> {
    const { businessId } = caller;
    const settings = checkedSettings({ ...SETTINGS_DEFAULT, ...wanted });
    return this.dataSource.transaction(async (manager) => {
      await this.lockIdentity(businessId, identityId, manager);
      if ((await this.settings.find(businessId, identityId, manager)) !== null)
        throw new DomainError(
          'identity.token_auth_attached',
          'The identity has Token Auth attached already.',
        );
      await this.settings.insert({ id: newId(), businessId, identityId, ...settings }, manager);
      await this.trail.record(
        {
          ...eventOf(caller, identityId),
          action: 'identity.token_auth_attached',
          details: detailsOf(settings),
        },
        manager,
      );
      return this.attached(businessId, identityId, manager);
    });
  }

  /**
   * Changes the terms of tokens issued from now on; the trusted addresses also bind those issued already. Resolves
   * when every verifier holds them to that.
   * @throws DomainError `identity.not_found`, `identity.token_auth_missing`, `request.invalid`
   */
  async change(
    caller: BusinessCaller,
    identityId: string,
    changes: Partial<TokenAuthSettings>,
  ): Promise<IdentityTokenAuth> {
    const { businessId } = caller;
    const { changed, transactionId } = await this.dataSource.transaction(async (manager) => {
      await this.lockIdentity(businessId, identityId, manager);
      const { ttlSeconds, maxTtlSeconds, usesLimit, trustedIps } = await this.attached(
        businessId,
        identityId,
        manager,
      );
      const settings = checkedSettings({ ttlSeconds, maxTtlSeconds, usesLimit, trustedIps, ...changes });
      await this.settings.update(businessId, identityId, settings, manager);
      if (changes.trustedIps !== undefined)
        await this.tokens.bindToAddresses(businessId, identityId, boundOf(settings.trustedIps), manager);
      const event = await this.trail.record(
        {
          ...eventOf(caller, identityId),
          action: 'identity.token_auth_changed',
          details: detailsOf(settings),
        },
        manager,
      );
      const changed = await this.attached(businessId, identityId, manager);
      return { changed, transactionId: event.transactionId };
    });
    await this.barrier.wait(transactionId);
    return changed;
  }

  /**
   * Takes Token Auth from the identity and revokes every token it got by it, in one transaction; resolves when
   * every verifier refuses them.
   * @throws DomainError `identity.not_found`, `identity.token_auth_missing`
   */
  async detach(caller: BusinessCaller, identityId: string): Promise<IdentityTokenAuth> {
    const { businessId } = caller;
    const { detached, transactionId } = await this.dataSource.transaction(async (manager) => {
      await this.lockIdentity(businessId, identityId, manager);
      const detached = await this.attached(businessId, identityId, manager);
      await this.settings.remove(businessId, identityId, manager);
      const tokensRevoked = await this.revocations.revokeAllOf(
        businessId,
        { identityId, dialect: 'infisical' },
        caller,
        'Token Auth detached',
        manager,
      );
      const event = await this.trail.record(
        {
          ...eventOf(caller, identityId),
          action: 'identity.token_auth_detached',
          details: { tokens_revoked: tokensRevoked },
        },
        manager,
      );
      return { detached, transactionId: event.transactionId };
    });
    await this.barrier.wait(transactionId);
    return detached;
  }

  /**
   * The terms for a new token, to be read while the identity is locked by whoever issues it.
   * @throws DomainError `identity.token_auth_missing`
   */
  async terms(businessId: string, identityId: string, manager: EntityManager): Promise<TokenTerms> {
    return termsUnder(await this.attached(businessId, identityId, manager));
  }

  /** @throws DomainError `identity.not_found`, `identity.token_auth_missing` */
  async demand(businessId: string, identityId: string): Promise<void> {
    if ((await this.identities.find(businessId, identityId)) === null) noIdentity();
    await this.attached(businessId, identityId, this.dataSource.manager);
  }

  private async attached(
    businessId: string,
    identityId: string,
    manager: EntityManager,
  ): Promise<IdentityTokenAuth> {
    const found = await this.settings.find(businessId, identityId, manager);
    if (found === null)
      throw new DomainError('identity.token_auth_missing', 'The identity has no Token Auth attached.');
    return found;
  }

  private async lockIdentity(businessId: string, identityId: string, manager: EntityManager): Promise<void> {
    if ((await this.identities.lock(businessId, identityId, 'exclusive', manager)) === null) noIdentity();
  }
}

function eventOf({ businessId, actor, request }: BusinessCaller, id: string) {
  return { businessId, actor, request, target: { kind: 'identity' as const, id } };
}

function detailsOf({ ttlSeconds, maxTtlSeconds, usesLimit, trustedIps }: TokenAuthSettings) {
  return {
    ttl_seconds: ttlSeconds,
    max_ttl_seconds: maxTtlSeconds,
    uses_limit: usesLimit,
    trusted_ips: trustedIps,
  };
}

function noIdentity(): never {
  throw new DomainError('identity.not_found', 'Resource not found');
}
