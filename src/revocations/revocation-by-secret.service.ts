import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '../audit/trail/audit-draft.js';
import { auditContextOf, principalOf } from '../auth/principal.js';
import { equalInConstantTime } from '../secrets/digest.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { tokenStringsIn } from '../secrets/token-strings.js';
import { ChosenSecrets } from '../verification/chosen-secrets.js';
import type { TokenFacts } from '../verification/token-facts.js';
import { type Asker, proofFrom } from '../verification/presentation.js';
import { VerdictsRepository } from '../verification/verdicts.repository.js';
import { TokenRevocationService, type Revocation } from './token-revocation.service.js';

/** The recorded reason of a revocation by the holder of the secret. */
const REASON = 'revoked by presenting the secret';
/** The whole text, and as many as can stand in the 512 characters that a report may have: none hides behind decoys. */
const SECRETS_IN_TEXT_MAX = 9;

/** Revocation by possession (RFC 7009 §2.1): whoever holds a secret may revoke its token, and needs nothing else. */
@Injectable()
export class RevocationBySecretService {
  constructor(
    private readonly hasher: SecretHasher,
    private readonly chosen: ChosenSecrets,
    private readonly facts: VerdictsRepository,
    private readonly revocations: TokenRevocationService,
  ) {}

  /** Whether `secret` could be a secret, by its form and checksum alone. */
  isWellFormed(secret: string): boolean {
    return this.publicIdOf(secret) !== null;
  }

  /** The API token with this `secret`; null for every other string, also for the secret of a session. As `findAny`. */
  async find(secret: string, asker: Asker): Promise<TokenFacts | null> {
    const token = await this.findAny(secret, asker);
    // A session is signed out, or revoked by whoever may.
    return token?.session === null ? token : null;
  }

  /**
   * The API token or session with this `secret`, whether active, expired or revoked; null for every other string, including a
   * public id without its secret. Asks the database, not memory.
   */
  async findAny(secret: string, asker: Asker): Promise<TokenFacts | null> {
    const publicId = this.publicIdOf(secret);
    if (publicId === null) return null;
    const token = (await this.facts.findByPublicId(publicId, asker))?.facts ?? null;
    // An unknown token costs the same digest as a known one (R6).
    const digest = this.hasher.digest(secret, token?.pepperId ?? this.hasher.currentPepperId);
    const isIts = token !== null && digest !== null && equalInConstantTime(digest, token.digest);
    return isIts ? token : null;
  }

  /**
   * As `findAny`, for each of the strings in `text` that could be a secret, and for the whole of it: quotes, a line end, `Bearer ` or
   * the rest of a line may be around.
   */
  async findAllIn(text: string, asker: Asker): Promise<TokenFacts[]> {
    const words = new Set([text]);
    for (const found of tokenStringsIn(text, (word) => this.chosen.publicIdOf(word)))
      if (found.kind === 'secret' && words.size < SECRETS_IN_TEXT_MAX) words.add(found.secret);
    const tokens = await Promise.all([...words].map((secret) => this.findAny(secret, asker)));
    return tokens.filter((token) => token !== null);
  }

  /**
   * Revokes the token that `secret` belongs to, in the name of its owner; repeated calls find it revoked and wait like
   * the first. Resolves only when no verifier can answer "active" any more (R1).
   * @returns null when no token has this secret: callers answer the same in both cases (RFC 7009 §2.2)
   * @throws DomainError as TokenRevocationService.revoke
   */
  async revokeBySecret(secret: string, request: RequestFacts): Promise<Revocation | null> {
    const token = await this.find(secret, proofFrom(request.ip));
    if (token === null) return null;
    const author = auditContextOf(principalOf(token), request);
    return this.revocations.revokeById(token.business?.id ?? null, token.id, author, REASON);
  }

  private publicIdOf(secret: string): string | null {
    return this.chosen.tokenNamedBy(secret);
  }
}
