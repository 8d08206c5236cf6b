import { Injectable } from '@nestjs/common';
import type { AuditContext } from '../audit/trail/audit-draft.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { newId } from '../common/new-id.js';
import { ConfigError } from '../config/environment.js';
import { mintHexSecret, mintSecret, type MintedSecret } from '../secrets/mint.js';
import { chosenPublicIdOf } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import type { IssuedToken } from './token-draft.js';
import { earliest } from '../token-rows/token-lifetime.js';
import { StatedRevocations } from '../integrity/stated-revocations.js';
import { TokenRevocationService, type Revocation } from '../revocations/token-revocation.service.js';
import { TokenPagesRepository } from '../token-rows/selection/token-pages.repository.js';
import { TokensRepository } from './tokens.repository.js';
import { Token, type Dialect } from '../token-rows/token.entity.js';
import { UNSET } from '../token-schema/derived.js';
import { PLATFORM_ADMIN } from '../verification/scopes.js';

/** Prefix of platform tokens, so that a leaked one can be recognised. */
const PLATFORM_PREFIX = 'dzp';

interface NewPlatformToken {
  name: string;
  /** Of PLATFORM_TOKEN_SCOPES; left out: everything. */
  scopes?: readonly string[];
  expiresAt: Date | null;
  /** How it was made, for the log. */
  origin: string;
  /** The person who will hold it; null: no named person. */
  issuedTo: string | null;
  dialect?: Dialect;
}

/** The platform's own tokens: they belong to no business, and may do everything or what they were issued for. */
@Injectable()
export class PlatformTokensService {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly pages: TokenPagesRepository,
    private readonly hasher: SecretHasher,
    private readonly changes: Changes,
    private readonly revocations: TokenRevocationService,
    private readonly stated: StatedRevocations,
  ) {}

  /** A token that does not outlive the token that issues it. */
  issue(token: Omit<NewPlatformToken, 'dialect'>, author: AuditContext): Promise<IssuedToken> {
    return this.changes.make(author, null, 'unconcerned', (change) =>
      this.store(mintSecret(PLATFORM_PREFIX), token, author, change),
    );
  }

  /** The same for vcita's directories: 64 hexadecimal characters, without an expiry of its own. */
  issueHexadecimal(name: string, author: AuditContext): Promise<IssuedToken> {
    const token = { name, expiresAt: null, origin: 'vcita', issuedTo: null, dialect: 'vcita' as const };
    return this.changes.make(author, null, 'unconcerned', (change) =>
      this.store(mintHexSecret(), token, author, change),
    );
  }

  /**
   * Makes the first platform token, unless one was ever made; if several processes try at once, only one does.
   * @param given secret to use, from RESCIND_BOOTSTRAP_TOKEN
   * @param keep called with the secret before it is committed; if that throws, no token was made
   * @returns the secret, or null if there already was a token
   */
  bootstrap(
    given: string | undefined,
    author: AuditContext,
    keep: (secret: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<string | null> {
    return this.changes.make(author, null, 'unconcerned', async (change) => {
      if (!(await this.tokens.lockFirstOfPlatform(change.manager))) return null;
      const minted = given === undefined ? mintSecret(PLATFORM_PREFIX) : mintedFrom(given);
      const first = { name: 'bootstrap', expiresAt: null, origin: 'bootstrap', issuedTo: null };
      const { secret } = await this.store(minted, first, author, change);
      await keep(secret);
      return secret;
    });
  }

  async list(): Promise<Token[]> {
    return this.stated.ofTokens(await this.pages.listOfPlatform());
  }

  /**
   * @param withChildren also revokes what was issued with it, in every business
   * @throws DomainError `token.not_found`
   */
  revokePlatformToken(
    tokenId: string,
    reason: string | null,
    author: AuditContext,
    withChildren = false,
  ): Promise<Revocation> {
    if (!withChildren) return this.revocations.revokeById(null, tokenId, author, reason);
    const reach = { successors: false, children: true };
    return this.revocations.revokeWithDerived(
      { businessId: null, tokenId, reason, reach, ofAnybody: true },
      author,
    );
  }

  private async store(
    minted: MintedSecret,
    { name, scopes = [PLATFORM_ADMIN], expiresAt, origin, issuedTo, dialect = 'native' }: NewPlatformToken,
    author: AuditContext,
    change: Change,
  ): Promise<IssuedToken> {
    const { manager } = change;
    const id = newId();
    const issuedByToken = author.actor.token_id;
    const endsAt = issuedByToken === null ? null : await this.tokens.endOfIssuer(issuedByToken, manager);
    await this.tokens.insert(
      {
        id,
        jti: minted.publicId,
        ...UNSET,
        ownerKind: 'platform',
        name,
        dialect,
        tokenPrefix: minted.preview,
        ...this.hasher.digestForStorage(minted.secret),
        scopes: [...scopes],
        issuedByToken,
        issuedTo,
        expiresAt: earliest(expiresAt, endsAt),
        expiresAtMax: endsAt,
      },
      manager,
    );
    const token = (await this.tokens.find(null, id, null, manager)) as Token;
    change.record({
      action: 'platform.token_issued',
      target: { kind: 'token', id },
      details: {
        name,
        origin,
        scopes: token.scopes,
        expires_at: token.expiresAt?.toISOString() ?? null,
        issued_to: issuedTo,
        issued_by_token: issuedByToken,
      },
    });
    return { secret: minted.secret, token };
  }
}

/** A secret that the operator chose: its public id is derived from it, and no part of it is shown. */
function mintedFrom(secret: string): MintedSecret {
  const publicId = chosenPublicIdOf(secret);
  if (publicId === null)
    throw new ConfigError(
      'RESCIND_BOOTSTRAP_TOKEN',
      'must be 32 to 512 characters of A-Z, a-z, 0-9, _ and -.',
    );
  return { secret, publicId, preview: 'chosen********' };
}
