import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Authenticator } from '../../auth/authenticator.js';
import { BUSINESS_HEADER } from '../../auth/business-header.js';
import type { CachedResponse, FastPath } from '../../common/http/fast-paths.js';
import { policyConfig } from '../../config/policy.config.js';
import { covers } from '../../verification/scopes.js';
import { TokenUsage } from '../../verification/usage/token-usage.js';
import { VerdictCounter } from '../../verification/verdict-counter.js';
import { Verdicts } from '../../verification/verdicts.js';
import { activeIntrospection } from './introspection-answer.js';
import { Issuer } from '../../common/http/issuer.js';

/** Only a token, or also the hint, which has no effect; no character of it needs decoding. */
const PLAIN_FORM = /^token=([A-Za-z0-9_-]+)(?:&token_type_hint=access_token)?$/;

/**
 * An active token and the bearer token of the caller, both in memory: the steps of IntrospectRequest, if none
 * refuses.
 */
@Injectable()
export class IntrospectFastPath implements FastPath {
  readonly path = '/oauth/introspect';
  readonly contentType = /^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly verdicts: Verdicts,
    private readonly counter: VerdictCounter,
    private readonly usage: TokenUsage,
    private readonly issuer: Issuer,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  answer(request: IncomingMessage, body: string): CachedResponse | null {
    const secret = PLAIN_FORM.exec(body)?.[1];
    const issuer = this.issuer.ofUnread(request);
    const leasedAtMs = this.verdicts.leasedNow();
    if (secret === undefined || issuer === null || leasedAtMs === null) return null;
    const caller = this.authenticator.authenticateCached(request, leasedAtMs);
    if (caller === null || !covers(caller.scopes, 'rescind:tokens:verify')) return null;
    const named = request.headers[BUSINESS_HEADER];
    if (
      typeof named === 'object' ||
      (caller.businessId !== null && named !== undefined && named !== caller.businessId)
    )
      return null;
    // The platform may ask in every existing business: if it names the token's own, that one exists.
    const within = caller.businessId ?? named;
    const presentation = within === undefined ? { from: null } : { from: null, within };
    const token = this.verdicts.verifyCached(secret, presentation, leasedAtMs);
    if (token === null) return null;
    this.counter.countOutcome('active');
    this.authenticator.noteCached(caller, request, 'rescind:tokens:verify', leasedAtMs);
    this.usage.note(token, 'active', presentation, leasedAtMs);
    return activeIntrospection(token, issuer, this.policy.introspectionSeconds);
  }
}
