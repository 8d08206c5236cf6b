import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isGuess } from '../../auth/authenticator.js';
import { Rates } from '../../admission/rates.js';
import { PresentedSecrets } from '../../auth/presented-secrets.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { bearerSecretOf } from '../../common/bearer-header.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { isUuid } from '../../common/uuid.pipe.js';
import { authorityOf, effectiveScopes } from '../../verification/effective-scopes.js';
import { covers } from '../../verification/scopes.js';
import { RefusedUses } from '../../verification/refused-uses.js';
import type { TokenFacts } from '../../verification/token-facts.js';
import type { Verdict } from '../../verification/verdict.js';
import { TokenUsage } from '../../verification/usage/token-usage.js';
import { VerdictCounter } from '../../verification/verdict-counter.js';
import { BUSINESS_HEADER } from '../../auth/business-header.js';

/** What a token must satisfy for its request to be allowed. */
interface AuthorizationQuestion {
  /** All of them. */
  scopes: string[];
  /** The business that it must belong to. If different ones are named, no token satisfies it. */
  businesses: string[];
}

const NOTHING: AuthorizationQuestion = { scopes: [], businesses: [] };
/** A token has a hundred scopes at most. */
const SCOPES_MAX = 100;

/**
 * Reads what the configuration of the proxy demands. Envoy appends the address of the client's request, so a client
 * may add to the query. Everything named counts, so an addition can only make the demand stricter.
 * @throws DomainError `input.invalid` for more scopes than a token can have
 */
export function questionOf({ url = '', headers }: IncomingMessage): AuthorizationQuestion {
  const start = url.indexOf('?');
  const header = headers[BUSINESS_HEADER];
  if (start === -1 && header === undefined) return NOTHING;
  // All of them, as many as an address can contain: a demand that is ignored would be none.
  const query = start === -1 ? {} : parse(url.slice(start + 1), '&', '=', { maxKeys: 0 });
  const scopes = valuesOf(query.scope).flatMap((value) => value.split(' ').filter((scope) => scope !== ''));
  if (scopes.length > SCOPES_MAX)
    throw new DomainError('input.invalid', 'The scope parameter names more scopes than a token can have.');
  return {
    scopes,
    businesses: [...valuesOf(query.business), ...valuesOf(header)].map((id) => id.trim().toLowerCase()),
  };
}

/**
 * The scopes that are named as needed; null: none are named, and the upstream decides from all scopes of the token,
 * which it is told.
 */
export function scopesSaidIn({ scopes }: AuthorizationQuestion): readonly string[] | null {
  return scopes.length === 0 ? null : scopes;
}

function valuesOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/**
 * The identity of the token, as headers for the proxy to pass to the upstream. All are always present, so that a
 * proxy that copies them overwrites every one that a client sent.
 * @param businessId the business that it acts in; null: a token of the platform in none
 */
export function identityHeaders(token: TokenFacts, businessId: string | null): Record<string, string> {
  const { owner } = token;
  const { endsAtMs } = token;
  return {
    'x-rescind-business-id': businessId ?? '',
    'x-rescind-token-id': token.id,
    'x-rescind-owner': headerValue(owner.email ?? owner.name),
    // A name may look like somebody's e-mail; kind and id cannot be chosen.
    'x-rescind-owner-kind': owner.kind,
    'x-rescind-owner-id': owner.id ?? '',
    'x-rescind-scopes': effectiveScopes(token).map(headerValue).join(' '),
    'x-rescind-expires-at': endsAtMs === Infinity ? 'never' : new Date(endsAtMs).toISOString(),
  };
}

/** Printable ASCII unchanged; everything else, and the percent sign, percent-encoded as UTF-8: always one line. */
function headerValue(text: string): string {
  return /^[\x20-\x24\x26-\x7e]*$/.test(text)
    ? text
    : text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent);
}

/** Checks the token of a request for which a reverse proxy asks. */
@Injectable()
export class AuthorizationService {
  constructor(
    private readonly presented: PresentedSecrets,
    private readonly rates: Rates,
    private readonly counter: VerdictCounter,
    private readonly businesses: BusinessesRepository,
    private readonly refusedUses: RefusedUses,
    private readonly usage: TokenUsage,
  ) {}

  /**
   * The identity headers of an allowed request.
   * @throws DomainError for every other request, and if it cannot be decided
   */
  async authorize(request: FastifyRequest): Promise<Record<string, string>> {
    const secret = bearerSecretOf(request.raw);
    const question = questionOf(request.raw);
    const { ip: from } = request;
    const userAgent = request.headers['user-agent'];
    const needed = scopesSaidIn(question);
    // Checked and recorded below.
    const scopes = needed === null ? null : [];
    const verdict = await this.presented.verdictOn(secret, { from, userAgent, scopes, use: 'gateway' });
    this.counter.count(verdict);
    // A proxy treats 429 as an error of the service: too many guesses are still refused with 401.
    if (!verdict.active && isGuess(verdict.reason)) this.rates.use('failed-authentications', from);
    const token = tokenOf(verdict);
    try {
      const { businessId, mustExist } = businessSpokenFor(token, question);
      if (businessId !== null && mustExist && !(await this.businesses.exists(businessId)))
        throw foreignBusiness();
      if (needed !== null) this.usage.noteAsked(token, needed);
      return identityHeaders(token, businessId);
    } catch (error) {
      throw this.noted(error, token, from);
    }
  }

  /** If an active token is refused here, the log of its own business records why; Verdicts has recorded the others. */
  private noted(error: unknown, token: TokenFacts, from: string): unknown {
    if (error instanceof DomainError) this.refusedUses.note(token, error.code, { from, use: 'gateway' });
    return error;
  }
}

/**
 * The business that an active token acts in, if it satisfies the question; null: the platform, in none. A token of the
 * platform that may not do everything is for calls to this service, and speaks for no business. Every way to allow a request
 * uses this function.
 * @returns `mustExist` for a business that is not the token's own: it is not known yet whether it exists
 * @throws DomainError `permission.denied`, `business.forbidden`
 */
export function businessSpokenFor(
  token: TokenFacts,
  { scopes, businesses }: AuthorizationQuestion,
): { businessId: string | null; mustExist: boolean } {
  const granted = effectiveScopes(token);
  for (const scope of scopes) {
    if (!covers(granted, scope)) throw denied(isScopeToken(scope) ? scope : undefined);
  }
  const [named, ...others] = businesses;
  const own = token.business?.id ?? null;
  if (others.some((other) => other !== named)) throw foreignBusiness();
  const isOfPlatform = authorityOf(token) === 'platform';
  if (own === null && !isOfPlatform) throw foreignBusiness();
  if (named === undefined || named === own) return { businessId: own, mustExist: false };
  if (!isOfPlatform || !isUuid(named)) throw foreignBusiness();
  return { businessId: named, mustExist: true };
}

function tokenOf(verdict: Verdict): TokenFacts {
  if (verdict.active) return verdict.token;
  if (verdict.reason === 'ip_not_allowed') throw denied(undefined);
  throw refusal('authentication.invalid', {
    details: { failure: verdict.reason },
  });
}

/** RFC 6749 §3.3: nothing else may be repeated inside a quoted header parameter. */
function isScopeToken(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope);
}

function denied(scope: string | undefined): DomainError {
  return refusal('permission.denied', scope === undefined ? {} : { scope });
}

function foreignBusiness(): DomainError {
  return refusal('business.forbidden');
}
