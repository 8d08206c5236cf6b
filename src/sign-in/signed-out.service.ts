import { Injectable } from '@nestjs/common';
import { errors, jwtVerify } from 'jose';
import type { RequestFacts } from '../audit/trail/audit-draft.js';
import { Settled } from '../changes/settled.js';
import { SessionEnding } from '../sessions/session-ending.service.js';
import { ATTEMPT_SECONDS } from './oidc-sign-in.service.js';
import { CLOCK_TOLERANCE_SECONDS, type OidcProvider } from './providers/oidc-providers.js';
import type { Person } from './providers/code-flow.js';
import { signInAuthor } from './failed-sign-ins.js';
import { UsedOnceRepository } from './used-once.repository.js';
import { SignInRefusal } from './sign-in-refusal.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** After which a logout token is refused, whatever it says itself: for so long its id is remembered. */
const LOGOUT_TOKEN_SECONDS = 300;

/** Codes of jose: keys not answered with 200, in time, or as keys. */
const KEYS_NOT_HAD = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

/** Whose sessions the provider has ended. */
interface SignedOut {
  /** Of the logout token, unique at its issuer. */
  jti: string;
  /** The session at the provider; undefined: all of the subject. */
  sid: string | undefined;
  subject: string | undefined;
}

/**
 * What a logout token says (OpenID Connect Back-Channel Logout 1.0 §2.6), once its signature under a published key, its
 * `typ`, `iss`, `aud`, `iat` and `exp` (30 seconds of tolerance), its event, and the absence of a nonce are checked.
 * @returns null: it is not good
 * @throws SignInRefusal `provider_unavailable` when the keys cannot be had
 */
async function signedOutBy(provider: OidcProvider, token: string): Promise<SignedOut | null> {
  const { keys, algorithms } = await provider.ask();
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      typ: 'logout+jwt',
      issuer: provider.settings.issuer,
      audience: provider.settings.clientId,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: LOGOUT_TOKEN_SECONDS,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
    });
    const { jti, sid, sub: subject, events, nonce } = payload;
    if (typeof jti !== 'string' || nonce !== undefined || !isLogout(events)) return null;
    if (!isIdOrMissing(sid) || !isIdOrMissing(subject)) return null;
    if (sid === undefined && subject === undefined) return null;
    return { jti, sid, subject };
  } catch (error) {
    if (error instanceof errors.JOSEError && !KEYS_NOT_HAD.has(error.code)) return null;
    throw new SignInRefusal('provider_unavailable', 'keys', { cause: error });
  }
}

function isLogout(events: unknown): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false;
  const event: unknown = (events as Record<string, unknown>)[EVENT];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}

function isIdOrMissing(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}

const REASON = 'signed out at the provider';
/** Of a process that has died in the middle of it, the token is good again after this. */
const ENDING_SECONDS = 30;
/** By how much the clock of a process may be ahead of the database's (DatabaseClock). */
const CLOCK_MS = 1000;

/** What providers say about the end of their own sessions (OpenID Connect Back-Channel Logout 1.0). */
@Injectable()
export class SignedOutService {
  constructor(
    private readonly usedOnce: UsedOnceRepository,
    private readonly ending: SessionEnding,
    private readonly settled: Settled,
  ) {}

  /**
   * Ends the sessions that a logout token means. Resolves when no verifier answers "active" for them (R1). Until then the
   * token is not used up: where it fails, the provider may send it again.
   * @returns false: the token is not good, was used before, or is being used; where it was, no sooner than it took effect (R1)
   * @throws SignInRefusal `provider_unavailable`; DomainError as SessionEnding
   */
  async end(provider: OidcProvider, logoutToken: string, request: RequestFacts): Promise<boolean> {
    const signedOut = await signedOutBy(provider, logoutToken);
    if (signedOut === null) return false;
    const { jti } = signedOut;
    const { issuer } = provider.settings;
    const use = `logout ${issuer} ${jti}`;
    if (!(await this.usedOnce.begin(use, ENDING_SECONDS))) {
      await this.settled.everywhere(null);
      return false;
    }
    try {
      await this.endMeant(provider, signedOut, request);
      await this.usedOnce.note(use, LOGOUT_TOKEN_SECONDS + 2 * CLOCK_TOLERANCE_SECONDS);
      return true;
    } catch (error) {
      // The provider sends it again. If this fails as well, it can do so after a while.
      await this.usedOnce.giveUp(use).catch(() => undefined);
      throw error;
    }
  }

  private async endMeant(
    { settings: { id, issuer } }: OidcProvider,
    { sid, subject }: SignedOut,
    request: RequestFacts,
  ): Promise<void> {
    // Before looking for sessions: whoever opens one after that sees this (see `isOver`).
    if (sid !== undefined) await this.usedOnce.use(sessionNamed(issuer, sid), ATTEMPT_SECONDS);
    if (subject !== undefined)
      await this.usedOnce.note(
        sid === undefined ? everySessionOf(issuer, subject) : someSessionOf(issuer, subject),
        ATTEMPT_SECONDS,
      );
    const target = sid === undefined ? { issuer, subject: subject as string } : { issuer, sid, subject };
    await this.ending.endWhere(target, REASON, signInAuthor(`provider ${id}`, request));
  }

  /**
   * Whether the provider ended the session of a person while they were signing in with it. Of a logout that names no session,
   * or one of a person whose sessions have no names, it counts whether they began before it.
   */
  async isOver({ issuer, subject, sid }: Person, begunAtMs: number): Promise<boolean> {
    if (sid !== undefined && (await this.usedOnce.wasUsed(sessionNamed(issuer, sid)))) return true;
    const names = [
      everySessionOf(issuer, subject),
      ...(sid === undefined ? [someSessionOf(issuer, subject)] : []),
    ];
    return this.usedOnce.wasNotedSince(names, begunAtMs - CLOCK_MS, ATTEMPT_SECONDS);
  }
}

function sessionNamed(issuer: string, sid: string): string {
  return `ended ${issuer} ${sid}`;
}

function everySessionOf(issuer: string, subject: string): string {
  return `ended all of ${issuer} ${subject}`;
}

/** One that is not known by name. */
function someSessionOf(issuer: string, subject: string): string {
  return `ended one of ${issuer} ${subject}`;
}
