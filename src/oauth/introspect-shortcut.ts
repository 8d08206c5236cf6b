import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { BUSINESS_HEADER } from '../auth/business-header.js';
import type { ShortAnswer, Shortcut } from '../common/http/shortcuts.js';
import { covers } from '../verification/scopes.js';
import { VerdictCounter } from '../verification/verdict-counter.js';
import { Verdicts } from '../verification/verdicts.js';
import { activeAnswer } from './introspection-answer.js';
import { Issuer } from './issuer.js';

/** A token and nothing else, or with the hint that says nothing; no character of it needs decoding. */
const PLAIN_FORM = /^token=([A-Za-z0-9_-]+)(?:&token_type_hint=access_token)?$/;

/** A good token, asked about with a bearer token, both known to memory: the steps of IntrospectRequest, where none refuses. */
@Injectable()
export class IntrospectShortcut implements Shortcut {
  readonly path = '/oauth/introspect';
  readonly contentType = /^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly verdicts: Verdicts,
    private readonly counter: VerdictCounter,
    private readonly issuer: Issuer,
  ) {}

  answer(request: IncomingMessage, body: string): ShortAnswer | null {
    const secret = PLAIN_FORM.exec(body)?.[1];
    const issuer = this.issuer.ofUnread(request);
    const leasedAtMs = this.verdicts.leasedNow();
    if (secret === undefined || issuer === null || leasedAtMs === null) return null;
    const caller = this.authenticator.fromMemory(request, leasedAtMs);
    if (caller === null || caller.businessId === null) return null;
    const named = request.headers[BUSINESS_HEADER];
    if (named !== undefined && named !== caller.businessId) return null;
    if (!covers(caller.scopes, 'rescind:tokens:verify')) return null;
    const presentation = { from: null, within: caller.businessId };
    const token = this.verdicts.fromMemory(secret, presentation, leasedAtMs);
    if (token === null) return null;
    this.counter.countOutcome('active');
    return activeAnswer(token, issuer);
  }
}
