import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DomainError } from '../common/errors/domain-error.js';
import { verificationConfig } from '../config/verification.config.js';
import { DatabaseClock } from '../revocation/database-clock.js';
import { monotonicMs } from '../revocation/monotonic.js';
import { Verifier } from '../revocation/verifier.js';
import { equalInConstantTime } from '../secrets/digest.js';
import { publicIdOf, supposedPublicIdOf } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { ChosenSecrets } from './chosen-secrets.js';
import { LastUsed } from './last-used.js';
import type { TokenFacts } from './token-facts.js';
import { isTrustedAddress } from './trusted-ips.js';
import { inactive, type InactiveReason, type Verdict } from './verdict.js';
import { VerdictMemory, type Found } from './verdict-memory.js';
import { VerdictsRepository } from './verdicts.repository.js';

/** The circumstances under which a secret is judged. */
export interface Presentation {
  /** Address it was presented from; null: not known, so that a token bound to addresses is refused. */
  from: string | null;
  /** Business whose tokens alone exist for whoever asks; undefined: all. */
  within?: string;
  /** Connection on which a caller presents its own secret again and again; undefined: another's secret. */
  connection?: object;
  /** Whether it was presented for the same purpose before, so that this is no further use of it. */
  isRepeated?: boolean;
}

/** Answers "is this secret good?": out of memory while the lease holds, otherwise out of the database. */
@Injectable()
export class Verdicts {
  readonly memory: VerdictMemory;
  private readonly remembers: boolean;

  constructor(
    private readonly hasher: SecretHasher,
    private readonly repository: VerdictsRepository,
    private readonly verifier: Verifier,
    private readonly clock: DatabaseClock,
    private readonly lastUsed: LastUsed,
    private readonly chosen: ChosenSecrets,
    @Inject(verificationConfig.KEY) config: ConfigType<typeof verificationConfig>,
  ) {
    this.memory = new VerdictMemory(config.activeVerdictsMax, config.negativeVerdictsMax);
    this.remembers = config.memoryEnabled;
    if (this.remembers) verifier.attach(this.memory);
  }

  /**
   * The verdict on `secret`. Active only if no revocation of it was answered before this call (R1). Synchronous
   * when memory can tell, which is asked before the form of the secret is looked at: a proven secret has one.
   * @throws DomainError `service.unavailable` (or the driver's error) when it cannot be decided (R5): never "active".
   */
  of(secret: string, presentation: Presentation): Verdict | Promise<Verdict> {
    const supposed = this.remembered(supposedPublicIdOf(secret), secret, presentation);
    if (supposed !== undefined) return this.judge(supposed, presentation);
    const publicId = publicIdOf(secret);
    if (publicId !== null) return this.ask(publicId, secret, presentation);
    const chosenId = this.chosen.publicIdOf(secret);
    if (chosenId === null) return inactive('malformed');
    const chosen = this.remembered(chosenId, secret, presentation);
    return chosen === undefined ? this.ask(chosenId, secret, presentation) : this.judge(chosen, presentation);
  }

  /** Whether `of` would ask the database. Says nothing of uses, which are claimed there. */
  needsLookUp(secret: string, presentation: Presentation): boolean {
    const publicId = publicIdOf(secret) ?? this.chosen.publicIdOf(secret);
    return publicId !== null && this.remembered(publicId, secret, presentation) === undefined;
  }

  /** The monotonic clock, when memory may be believed at this moment; null when it may not. For `fromMemory`. */
  leasedNow(): number | null {
    const nowMs = monotonicMs();
    return this.remembers && this.verifier.lease.holdsAt(nowMs) ? nowMs : null;
  }

  /**
   * The good token that `secret` proves, if memory alone can tell: as `of`, at its fastest. null says nothing: ask `of`,
   * which then finds everything as it was.
   * @param leasedAtMs what `leasedNow` said after the question came, in this very turn of the event loop
   */
  fromMemory(secret: string, presentation: Presentation, leasedAtMs: number): TokenFacts | null {
    const remembered = this.memory.recall(supposedPublicIdOf(secret));
    if (remembered === undefined || remembered.usesLimited) return null;
    if (!this.proves(secret, remembered, presentation)) return null;
    const nowMs = this.clock.at(leasedAtMs);
    if (faultOf(remembered, presentation, nowMs) !== null) return null;
    this.lastUsed.note(remembered, nowMs);
    return remembered;
  }

  /** What memory holds, as far as it may be believed at this moment. */
  private recall(publicId: string): TokenFacts | undefined {
    return this.remembers && this.verifier.lease.holds() ? this.memory.recall(publicId) : undefined;
  }

  /**
   * The token in memory that `secret` proves and that exists for whoever asks. To all others memory says nothing, not
   * even that it could: how soon an answer comes would tell that another business has such a token, and uses it (R6).
   */
  private remembered(publicId: string, secret: string, presentation: Presentation): TokenFacts | undefined {
    const token = this.recall(publicId);
    if (token === undefined || !this.proves(secret, token, presentation)) return undefined;
    return existsFor(token, presentation) ? token : undefined;
  }

  private async ask(publicId: string, secret: string, presentation: Presentation): Promise<Verdict> {
    return this.prove(secret, await this.find(publicId), presentation);
  }

  /**
   * Joins a look-up under way only under a lease: without one, it may have begun before an answered revocation. What
   * memory holds already, and would not tell, is looked up all the same, and stays as it is.
   */
  private find(publicId: string): Promise<Found> {
    const look = () => this.look(publicId);
    if (!this.remembers || this.recall(publicId) !== undefined) return look();
    const flight = this.verifier.lease.holds() ? this.memory.flightOf(publicId) : undefined;
    return flight?.result ?? this.memory.fill(publicId, look);
  }

  /**
   * A primary with synchronous standbys may have been replaced by one of them and still answer reads. Only a lease
   * shows that it can commit, so that the barrier on its successor waits for this verifier.
   */
  private async look(publicId: string): Promise<Found> {
    const found = await this.repository.findByPublicId(publicId);
    if (found === null) return 'unknown';
    if (found.onReplicatedPrimary && !this.verifier.lease.holds()) {
      throw undecidable(new Error('no lease from a primary that has synchronous standbys'));
    }
    return found.facts;
  }

  private prove(secret: string, found: Found, presentation: Presentation): Verdict | Promise<Verdict> {
    return this.proves(secret, found, presentation)
      ? this.judge(found as TokenFacts, presentation)
      : inactive('unknown');
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
    const fault = faultOf(token, presentation, nowMs);
    if (fault !== null) return inactive(fault);
    if (token.usesLimited && presentation.isRepeated !== true) return this.claim(token);
    this.lastUsed.note(token, nowMs);
    return { active: true, token };
  }

  private async claim(token: TokenFacts): Promise<Verdict> {
    return (await this.repository.claimUse(token)) ? { active: true, token } : inactive('exhausted');
  }
}

/** Why a proven token is not good at this moment of database time; null when it is, but for its number of uses. */
function faultOf(token: TokenFacts, presentation: Presentation, nowMs: number): InactiveReason | null {
  if (!existsFor(token, presentation)) return 'unknown';
  if (token.revoked || !token.owner.present) return 'revoked';
  if (nowMs >= token.endsAtMs) return 'expired';
  if (token.business?.suspended === true) return 'suspended';
  const { from } = presentation;
  if (token.trustedIps !== null && (from === null || !isTrustedAddress(from, token.trustedIps)))
    return 'ip_not_allowed';
  return null;
}

function existsFor(token: TokenFacts, { within }: Presentation): boolean {
  return within === undefined || token.business?.id === within;
}

/** Refuses to guess: for callers that need a verdict and were told that there is none to be had. */
export function undecidable(cause: unknown): DomainError {
  return new DomainError('service.unavailable', 'The token cannot be judged at the moment.', {
    cause,
    retryAfterSeconds: 1,
  });
}
