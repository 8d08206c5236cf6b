import { Injectable } from '@nestjs/common';
import { randomNonce, randomPKCECodeVerifier, randomState } from 'openid-client';
import type { RequestFacts } from '../audit/trail/audit-draft.js';
import { equalInConstantTime } from '../secrets/digest.js';
import { AdmissionService, type Admitted } from './accounts/admission.service.js';
import { type Attempt, authorizationUrl, type Person, personFrom } from './providers/code-flow.js';
import type { OidcProvider } from './providers/oidc-providers.js';
import { signInAuthor } from './failed-sign-ins.js';
import { SignInRefusal } from './sign-in-refusal.js';
import { UsedOnceRepository } from './used-once.repository.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { SealedTexts } from '../secrets/sealed-texts.js';

const CONSOLE = '/console/';
const LENGTH_MAX = 1024;
/** Neither control characters, which browsers drop, nor a backslash, which they read as a slash. */
const PATH = /^\/console\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/;
/** The page of Swagger UI alone: what is below it are documents. */
const DOCS = /^\/docs(?:[?#][\x21-\x5b\x5d-\x7e]*)?$/;

/**
 * Where to go after signing in: a path of our own console, or the page of Swagger UI, and the overview of the console for
 * anything else. Nobody is led elsewhere by an address that somebody else has made.
 */
export function returnTo(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > LENGTH_MAX) return CONSOLE;
  if (DOCS.test(asked)) return asked;
  if (!PATH.test(asked)) return CONSOLE;
  const { origin, pathname, search, hash } = new URL(asked, 'http://console.invalid');
  const isOurs =
    origin === 'http://console.invalid' && pathname.startsWith(CONSOLE) && !pathname.startsWith('/console//');
  return isOurs ? pathname + search + hash : CONSOLE;
}

/** The business that such a path is about; null: none. */
export function businessIn(path: string): string | null {
  const [, id = null] = /^\/console\/b\/([0-9a-f-]{36})(?:[/?#]|$)/i.exec(path) ?? [];
  return id?.toLowerCase() ?? null;
}

/** How long somebody may take at the provider. */
export const ATTEMPT_SECONDS = 600;
const COOKIE = '__Host-rescind-sign-in';
const PURPOSE = 'rescind sign-in attempt';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/**
 * Attempts are kept by the browser that makes them, in a cookie that it cannot read: whoever has only the address of a
 * callback has no attempt, so that nobody can be signed in as somebody else (login CSRF). A second attempt of the same
 * browser takes the place of the first.
 */
@Injectable()
export class OidcAttempts {
  constructor(
    private readonly sealed: SealedTexts,
    private readonly clock: DatabaseClock,
  ) {}

  /** @returns with the value of the Set-Cookie header that keeps it */
  begin(asked: Pick<Attempt, 'provider' | 'returnTo' | 'businessId'>): { attempt: Attempt; cookie: string } {
    const attempt = {
      ...asked,
      state: randomState(),
      nonce: randomNonce(),
      verifier: randomPKCECodeVerifier(),
      begunAt: this.clock.nowMs(),
    };
    const value = this.sealed.seal(PURPOSE, JSON.stringify(attempt));
    return { attempt, cookie: `${COOKIE}=${value}; Max-Age=${ATTEMPT_SECONDS}; ${ATTRIBUTES}` };
  }

  /** The attempt of the browser that sends these cookies; null: it has none, or it took too long. */
  of(cookies: string | undefined): Attempt | null {
    const given = cookies
      ?.split(';')
      .map((each) => each.trim())
      .filter((each) => each.startsWith(`${COOKIE}=`));
    if (given?.length !== 1) return null;
    const text = this.sealed.open(PURPOSE, (given[0] as string).slice(COOKIE.length + 1));
    if (text === null) return null;
    const attempt = JSON.parse(text) as Attempt;
    return this.clock.nowMs() - attempt.begunAt < ATTEMPT_SECONDS * 1000 ? attempt : null;
  }
}

/** The Set-Cookie header that ends an attempt. */
export const ATTEMPT_OVER = `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`;

/** Somebody who has come back from their provider, and may be signed in. */
export interface SignedIn extends Admitted {
  person: Person;
  returnTo: string;
  /** When they went there: milliseconds, by the clock of the database. */
  begunAt: number;
}

/** Sign-in by OpenID Connect: what is to be checked, and in which order. */
@Injectable()
export class OidcSignInService {
  constructor(
    private readonly attempts: OidcAttempts,
    private readonly usedOnce: UsedOnceRepository,
    private readonly admission: AdmissionService,
  ) {}

  /** @throws SignInRefusal `provider_unavailable` */
  async begin(
    provider: OidcProvider,
    returnTo: string,
    businessId: string | null,
  ): Promise<{ url: URL; cookie: string }> {
    const { attempt, cookie } = this.attempts.begin({ provider: provider.settings.id, returnTo, businessId });
    return { url: await authorizationUrl(provider, attempt), cookie };
  }

  /**
   * @param query of the callback, as it came
   * @param cookies of the browser
   * @throws SignInRefusal
   */
  async finish(
    provider: OidcProvider,
    query: string,
    cookies: string | undefined,
    request: RequestFacts,
  ): Promise<SignedIn> {
    const attempt = await this.provenAttempt(provider, query, cookies);
    const person = await personFrom(provider, attempt, query);
    const author = signInAuthor(`provider ${provider.settings.id}`, request);
    const admitted = await this.admission.admit(provider.settings, person, attempt.businessId, author);
    return { ...admitted, person, returnTo: attempt.returnTo, begunAt: attempt.begunAt };
  }

  /** Of this browser, for this provider, with its state, and for the first time: in that order, so that nobody uses up another's. */
  private async provenAttempt(
    { settings }: OidcProvider,
    query: string,
    cookies: string | undefined,
  ): Promise<Attempt> {
    const attempt = this.attempts.of(cookies);
    if (attempt === null) throw new SignInRefusal('attempt_expired', 'no_attempt');
    if (attempt.provider !== settings.id) throw new SignInRefusal('sign_in_refused', 'other_provider');
    const states = new URLSearchParams(query).getAll('state');
    if (states.length !== 1 || !equalInConstantTime(states[0] as string, attempt.state))
      throw new SignInRefusal('sign_in_refused', 'other_state');
    if (!(await this.usedOnce.use(`sign-in ${attempt.state}`, ATTEMPT_SECONDS)))
      throw new SignInRefusal('attempt_expired', 'attempt_used');
    return attempt;
  }
}
