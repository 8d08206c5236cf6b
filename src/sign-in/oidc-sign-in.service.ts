import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '../audit/trail/audit-draft.js';
import { equalInConstantTime } from '../secrets/digest.js';
import { AdmissionService, type Admitted } from './accounts/admission.service.js';
import { ATTEMPT_SECONDS, OidcAttempts, type Attempt } from './oidc-attempts.js';
import { authorizationUrl, type Person, personFrom } from './providers/code-flow.js';
import type { OidcProvider } from './providers/oidc-providers.js';
import { signInAuthor } from './failed-sign-ins.js';
import { SignInRefusal } from './sign-in-refusal.js';
import { UsedOnceRepository } from './used-once.repository.js';

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
