import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DomainError } from '../common/errors/domain-error.js';
import { verificationConfig } from '../config/verification.config.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { Verifier } from '../lease/verifier.js';
import { equalInConstantTime } from '../secrets/digest.js';
import { supposedPublicIdOf } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { ChosenSecrets } from './chosen-secrets.js';
import { effectiveScopes } from './effective-scopes.js';
import { LastUsed } from './last-used.js';
import { type Asker, type Presentation, proofFrom } from './presentation.js';
import { RefusedUses } from './refused-uses.js';
import { coversAll } from './scopes.js';
import type { TokenFacts } from './token-facts.js';
import { isTrustedAddress } from './trusted-ips.js';
import { TokenUsage } from './usage/token-usage.js';
import type { UsageOutcome } from './usage/usage-tally.js';
import { type Found, VerdictCache } from './verdict-cache.js';
import { inactive, type Verdict } from './verdict.js';
import { VerdictsRepository } from './verdicts.repository.js';

type Fault = 'unknown' | Exclude<UsageOutcome, 'active' | 'insufficient_scope' | 'exhausted'>;

/**
 * Why a proven token is not good at this moment of database time; null if it is good, apart from its number of uses.
 */
function verdictFaultOf(token: TokenFacts, presentation: Presentation, nowMs: number): Fault | null {
  if (!existsFor(token, presentation)) return 'unknown';
  if (token.revoked || !token.owner.present) return 'revoked';
  if (nowMs >= token.endsAtMs) return 'expired';
  if (token.business?.suspended === true) return 'suspended';
  const { from, addressIsJudgedElsewhere } = presentation;
  if (addressIsJudgedElsewhere === true) return null;
  if (token.trustedIps !== null && (from === null || !isTrustedAddress(from, token.trustedIps)))
    return 'ip_not_allowed';
  return null;
}

/** Whether the token exists for whoever asks (R6): a session in its cookie alone, an API token everywhere else. */
function existsFor(
  { business, session }: TokenFacts,
  { within, amongBusinesses, inCookie = false }: Presentation,
): boolean {
  if ((session !== null) !== inCookie) return false;
  return within === undefined ? business !== null || amongBusinesses !== true : business?.id === within;
}

/** Answers "is this secret good?": from memory while the lease holds, otherwise from the database. */
@Injectable()
export class Verdicts {
  readonly cache: VerdictCache;
  private readonly remembers: boolean;

  constructor(
    private readonly hasher: SecretHasher,
    private readonly repository: VerdictsRepository,
    private readonly verifier: Verifier,
    private readonly clock: DatabaseClock,
    private readonly lastUsed: LastUsed,
    private readonly chosen: ChosenSecrets,
    private readonly refused: RefusedUses,
    private readonly usage: TokenUsage,
    @Inject(verificationConfig.KEY) config: ConfigType<typeof verificationConfig>,
  ) {
    this.cache = new VerdictCache(config.activeVerdictsMax, config.negativeVerdictsMax);
    this.remembers = config.memoryEnabled;
    if (this.remembers) verifier.attach(this.cache);
  }

  /**
   * The verdict on `secret`. Active only if no revocation of it was answered before this call (R1). Synchronous if the
   * memory can answer. The memory is asked before the form of the secret is checked: a proven secret has the right form.
   * @throws DomainError `service.unavailable` (or the driver's error) when it cannot be decided (R5): never "active".
   */
  verify(secret: string, presentation: Presentation): Verdict | Promise<Verdict> {
    const supposed = this.remembered(supposedPublicIdOf(secret), secret, presentation);
    if (supposed !== undefined) return this.judge(supposed, presentation);
    const publicId = this.chosen.tokenNamedBy(secret);
    if (publicId === null) return inactive('malformed');
    const isChosen = publicId !== supposedPublicIdOf(secret);
    const chosen = isChosen ? this.remembered(publicId, secret, presentation) : undefined;
    return chosen === undefined ? this.ask(publicId, secret, presentation) : this.judge(chosen, presentation);
  }

  /** Whether `verify` would ask the database. Does not consider limited uses, which are claimed there. */
  needsLookUp(secret: string, presentation: Presentation): boolean {
    const publicId = this.chosen.tokenNamedBy(secret);
    return publicId !== null && this.remembered(publicId, secret, presentation) === undefined;
  }

  /** The time of the monotonic clock if the memory may be used at this moment; otherwise null. For `verifyCached`. */
  leasedNow(): number | null {
    const nowMs = this.clock.own.monotonicMs();
    return this.remembers && this.verifier.lease.holdsAt(nowMs) ? nowMs : null;
  }

  /**
   * The active token that `secret` proves, if the memory alone can tell: the fastest form of `verify`. null is no
   * answer: ask `verify` then; nothing has been changed. Nothing is counted: a caller that answers with it must note the
   * use in TokenUsage.
   * @param leasedAtMs what `leasedNow` returned after the question came, in this same turn of the event loop
   */
  verifyCached(secret: string, presentation: Presentation, leasedAtMs: number): TokenFacts | null {
    const remembered = this.cache.get(supposedPublicIdOf(secret)) ?? this.cachedChosen(secret);
    if (remembered === undefined || remembered.usesLimited) return null;
    if (!this.proves(secret, remembered, presentation)) return null;
    const nowMs = this.clock.at(leasedAtMs);
    if (verdictFaultOf(remembered, presentation, nowMs) !== null) return null;
    this.lastUsed.note(remembered, nowMs);
    return remembered;
  }

  /**
   * Notes uses of the token with this public id, if the memory holds it and it exists for the caller.
   * @param someUnsaid whether nobody said of some of them which scopes they took
   */
  noteUse(publicId: string, presentation: Presentation, count = 1, someUnsaid = false): void {
    const token = this.cached(publicId);
    if (token === undefined || !existsFor(token, presentation)) return;
    this.lastUsed.note(token, this.clock.nowMs());
    this.usage.note(token, 'active', presentation, undefined, count);
    if (someUnsaid) this.usage.noteAsked(token, null);
  }

  private cachedChosen(secret: string): ReturnType<VerdictCache['get']> {
    const publicId = this.chosen.publicIdOf(secret);
    return publicId === null ? undefined : this.cache.get(publicId);
  }

  /** What the memory holds, if it may be used at this moment. A session whose idle end has come may have been used elsewhere. */
  private cached(publicId: string): TokenFacts | undefined {
    const token = this.remembers && this.verifier.lease.holds() ? this.cache.get(publicId) : undefined;
    return token === undefined || token.session === null || this.clock.nowMs() < token.endsAtMs
      ? token
      : undefined;
  }

  /**
   * The token in memory that `secret` proves and that exists for the caller. For all other callers the memory gives no
   * answer at all: a fast answer would show that another business has such a token and uses it (R6).
   */
  private remembered(publicId: string, secret: string, presentation: Presentation): TokenFacts | undefined {
    const token = this.cached(publicId);
    if (token === undefined || !this.proves(secret, token, presentation)) return undefined;
    return existsFor(token, presentation) ? token : undefined;
  }

  private async ask(publicId: string, secret: string, presentation: Presentation): Promise<Verdict> {
    const found = await this.find(publicId, presentation.asker ?? proofFrom(presentation.from));
    return this.proves(secret, found, presentation)
      ? this.judge(found as TokenFacts, presentation)
      : inactive('unknown');
  }

  /**
   * Joins a look-up in progress only under a lease: without one, the look-up may have begun before an answered
   * revocation. Joins none of another asker, whose turn comes later or never. What the memory holds but must not tell is looked
   * up as well; the entry in the memory does not change.
   */
  private find(publicId: string, asker: Asker): Promise<Found> {
    const look = () => this.look(publicId, asker);
    if (!this.remembers || this.cached(publicId) !== undefined) return look();
    const underWay = this.verifier.lease.holds() ? this.cache.inFlight(publicId) : undefined;
    if (underWay === undefined) return this.cache.fill(publicId, look, asker);
    const { asker: other, result } = underWay;
    return other?.kind === asker.kind && other.key === asker.key ? result : look();
  }

  /**
   * A primary with synchronous standbys may have been replaced by one of them and still answer reads. Only a lease shows
   * that it can commit, and so that the barrier on the present primary waits for this verifier.
   */
  private async look(publicId: string, asker: Asker): Promise<Found> {
    // What was noted here of a session that memory trusts no longer is part of what its row has to say.
    if (this.cache.get(publicId)?.session != null) await this.lastUsed.flush();
    const found = await this.repository.findByPublicId(publicId, asker);
    if (found === null) return 'unknown';
    if (found.onReplicatedPrimary && !this.verifier.lease.holds()) {
      throw undecidable(new Error('no lease from a primary that has synchronous standbys'));
    }
    return found.facts;
  }

  /** Whether `secret` is that of `found`. An unknown token costs the same digest as a known one (R6). */
  private proves(secret: string, found: Found, { connection }: Presentation): boolean {
    const pepperId = found === 'unknown' ? this.hasher.currentPepperId : found.pepperId;
    const digest =
      connection === undefined
        ? this.hasher.digest(secret, pepperId)
        : this.hasher.digestOn(connection, secret, pepperId);
    return found !== 'unknown' && digest !== null && equalInConstantTime(digest, found.digest);
  }

  private judge(token: TokenFacts, presentation: Presentation): Verdict | Promise<Verdict> {
    const nowMs = this.clock.nowMs();
    const fault = verdictFaultOf(token, presentation, nowMs);
    if (fault !== null) {
      // A page that is left open goes on to ask when its session has ended.
      const isOver = token.session !== null && fault === 'expired';
      if (fault !== 'unknown' && !isOver && presentation.isRepeated !== true) {
        this.refused.note(token, fault, presentation);
        this.usage.note(token, fault, presentation);
      }
      return inactive(fault);
    }
    if (token.usesLimited && presentation.isRepeated !== true) return this.claim(token, presentation);
    // A page that is left open is no use of a session.
    if (token.session === null || presentation.isRepeated !== true) this.lastUsed.note(token, nowMs);
    return this.asked(token, presentation);
  }

  /** The verdict on a good token. */
  private asked(token: TokenFacts, presentation: Presentation): Verdict {
    const { scopes, isRepeated, scopesAreJudgedElsewhere } = presentation;
    const suffices = scopes == null || coversAll(effectiveScopes(token), scopes);
    const isGood = suffices || scopesAreJudgedElsewhere === true;
    if (isRepeated !== true) {
      const presented = suffices ? presentation : { ...presentation, scopes: [] };
      this.usage.note(token, isGood ? 'active' : 'insufficient_scope', presented);
    }
    return isGood ? { active: true, token } : inactive('insufficient_scope');
  }

  private async claim(token: TokenFacts, presentation: Presentation): Promise<Verdict> {
    if (await this.repository.claimUse(token)) return this.asked(token, presentation);
    this.refused.note(token, 'exhausted', presentation);
    this.usage.note(token, 'exhausted', presentation);
    return inactive('exhausted');
  }
}

/** Throws for callers that need a verdict when there is none: never guesses. */
export function undecidable(cause: unknown): DomainError {
  return new DomainError('service.unavailable', 'The token cannot be judged at the moment.', {
    cause,
    retryAfterSeconds: 1,
  });
}
