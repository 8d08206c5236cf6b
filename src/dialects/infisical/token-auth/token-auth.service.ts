import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AuditTarget } from '../../../log-format/audit-event.js';
import type { BusinessCaller } from '../../../auth/caller.js';
import { beforeAndAfter } from '../../../administration/before-and-after.js';
import { credentialOf, demandAuthorityOver } from '../../../auth/principal.js';
import { Changes } from '../../../changes/changes.js';
import { DomainError, refusal } from '../../../common/errors/domain-error.js';
import { newId } from '../../../common/new-id.js';
import { IdentitiesRepository } from '../../../directory/identities/identities.repository.js';
import { TokenRevocationService } from '../../../revocations/token-revocation.service.js';
import type { TokenTerms } from '../../../tokens/credential-limits.js';
import { TokensRepository } from '../../../tokens/tokens.repository.js';
import { normalRange } from '../../../verification/trusted-ips.js';
import type { IdentityTokenAuth } from './identity-token-auth.entity.js';
import { IdentityTokenAuthRepository, type TokenAuthSettings } from './identity-token-auth.repository.js';

const EVERY_IPV4 = '0.0.0.0/0';
const EVERY_IPV6 = '::/0';

const SETTINGS_DEFAULT: TokenAuthSettings = {
  ttlSeconds: 2_592_000,
  maxTtlSeconds: 2_592_000,
  usesLimit: 0,
  trustedIps: [EVERY_IPV4, EVERY_IPV6],
};

/** @throws DomainError `request.invalid` for an address that is none, or a TTL over its maximum */
function checkedSettings(settings: TokenAuthSettings): TokenAuthSettings {
  const { ttlSeconds, maxTtlSeconds } = settings;
  if (maxTtlSeconds > 0 && ttlSeconds > maxTtlSeconds)
    throw new DomainError('request.invalid', 'The access token TTL cannot be greater than its maximum TTL.');
  return { ...settings, trustedIps: settings.trustedIps.map(storedRange) };
}

/** The limits of a token that is issued under these settings. */
function termsUnder(settings: TokenAuthSettings): TokenTerms {
  const { ttlSeconds, maxTtlSeconds, usesLimit, trustedIps } = settings;
  const lifetimeSeconds = ttlSeconds > 0 ? ttlSeconds : maxTtlSeconds;
  return {
    expiresAt: lifetimeSeconds > 0 ? { inSeconds: lifetimeSeconds } : null,
    ttlSeconds,
    maxTtlSeconds,
    usesLimit: usesLimit > 0 ? usesLimit : null,
    trustedIps: addressBound(trustedIps),
  };
}

/** The addresses that a token is bound to; null if these are all addresses, so that an unknown one is accepted too. */
function addressBound(trustedIps: string[]): string[] | null {
  return trustedIps.includes(EVERY_IPV4) && trustedIps.includes(EVERY_IPV6) ? null : trustedIps;
}

function storedRange(text: string): string {
  const range = normalRange(text);
  if (range === null)
    throw new DomainError('request.invalid', 'A trusted IP is neither an address nor a CIDR.');
  return range;
}

/**
 * Token Auth (Infisical): the settings under which tokens are issued to an identity. Every change holds the
 * identity's exclusive lock, so that no token is issued under settings that are being changed or removed. It is
 * refused (`permission.denied`) to a lower authority than the identity's, and to tokens that these settings limit.
 */
@Injectable()
export class TokenAuthService {
  constructor(
    private readonly identities: IdentitiesRepository,
    private readonly settings: IdentityTokenAuthRepository,
    private readonly tokens: TokensRepository,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
  ) {}

  /** @throws DomainError `identity.not_found`, `identity.token_auth_not_found` */
  async get(businessId: string, identityId: string): Promise<IdentityTokenAuth> {
    if ((await this.identities.find(businessId, identityId)) === null) return noIdentity();
    const found = await this.settings.find(businessId, identityId);
    if (found === null) throw refusal('identity.token_auth_not_found');
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
    return this.changes.make(caller, businessId, 'unconcerned', async (change) => {
      const { manager } = change;
      await this.administered(caller, identityId, manager);
      if ((await this.settings.find(businessId, identityId, manager)) !== null)
        throw refusal('identity.token_auth_attached');
      await this.settings.insert({ id: newId(), businessId, identityId, ...settings }, manager);
      change.record({
        action: 'identity.token_auth_attached',
        target: targetOf(identityId),
        details: detailsOf(settings),
      });
      return this.attached(businessId, identityId, manager);
    });
  }

  /**
   * Changes the settings for tokens issued from now on; the trusted addresses also apply to existing tokens.
   * Resolves when every verifier applies them.
   * @throws DomainError `identity.not_found`, `identity.token_auth_missing`, `request.invalid`
   */
  async change(
    caller: BusinessCaller,
    identityId: string,
    changes: Partial<TokenAuthSettings>,
  ): Promise<IdentityTokenAuth> {
    const { businessId } = caller;
    return this.changes.make(caller, businessId, 'wait', async (change) => {
      const { manager } = change;
      await this.administered(caller, identityId, manager);
      const before = await this.attached(businessId, identityId, manager);
      const { ttlSeconds, maxTtlSeconds, usesLimit, trustedIps } = before;
      const settings = checkedSettings({ ttlSeconds, maxTtlSeconds, usesLimit, trustedIps, ...changes });
      await this.settings.update(businessId, identityId, settings, manager);
      if (changes.trustedIps !== undefined)
        await this.settings.bind(businessId, identityId, addressBound(settings.trustedIps), manager);
      change.record({
        action: 'identity.token_auth_changed',
        target: targetOf(identityId),
        details: beforeAndAfter(detailsOf(before), detailsOf(settings)),
      });
      return this.attached(businessId, identityId, manager);
    });
  }

  /**
   * Removes Token Auth from the identity and revokes every token that it got by it, in one transaction; resolves
   * when every verifier refuses them.
   * @throws DomainError `identity.not_found`, `identity.token_auth_missing`
   */
  async detach(caller: BusinessCaller, identityId: string): Promise<IdentityTokenAuth> {
    const { businessId } = caller;
    return this.changes.endEverywhere(caller, businessId, async (change) => {
      const { manager } = change;
      await this.administered(caller, identityId, manager);
      const detached = await this.attached(businessId, identityId, manager);
      await this.settings.remove(businessId, identityId, manager);
      const revoked = await this.revocations.revokeAllOf(
        businessId,
        { identityId, dialect: 'infisical' },
        caller,
        'Token Auth detached',
        change,
      );
      change.record({
        action: 'identity.token_auth_detached',
        target: targetOf(identityId),
        details: { tokens_revoked: revoked.length },
      });
      return detached;
    });
  }

  /**
   * The settings for a new token, to be read while the issuing transaction holds the lock of the identity.
   * @throws DomainError `identity.token_auth_missing`
   */
  async terms(businessId: string, identityId: string, manager: EntityManager): Promise<TokenTerms> {
    return termsUnder(await this.attached(businessId, identityId, manager));
  }

  /** @throws DomainError `identity.not_found`, `identity.token_auth_missing` */
  async demand(businessId: string, identityId: string): Promise<void> {
    if ((await this.identities.find(businessId, identityId)) === null) noIdentity();
    await this.attached(businessId, identityId);
  }

  private async attached(
    businessId: string,
    identityId: string,
    manager?: EntityManager,
  ): Promise<IdentityTokenAuth> {
    const found = await this.settings.find(businessId, identityId, manager);
    if (found === null)
      throw new DomainError('identity.token_auth_missing', 'The identity has no Token Auth attached.');
    return found;
  }

  /**
   * Locks the identity, for a caller who may change its settings: with no lower authority than the identity, and not
   * with a token that these settings limit, nor with a session that was opened with one.
   */
  private async administered(
    { businessId, principal }: BusinessCaller,
    identityId: string,
    manager: EntityManager,
  ): Promise<void> {
    const identity = await this.identities.lock(businessId, identityId, 'exclusive', manager);
    if (identity === null) return noIdentity();
    demandAuthorityOver(principal, identity.role);
    const id = credentialOf(principal);
    const own = id === null ? null : await this.tokens.find(businessId, id, { identityId }, manager);
    if (own?.dialect === 'infisical') throw refusal('permission.denied');
  }
}

function targetOf(id: string): AuditTarget {
  return { kind: 'identity', id };
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
  throw refusal('identity.not_found');
}
