import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Authenticator } from '../../auth/authenticator.js';
import { BUSINESS_HEADER } from '../../auth/business-header.js';
import type { ShortAnswer, Shortcut } from '../../common/http/shortcuts.js';
import { covers } from '../scopes.js';
import { VerdictCounter } from '../verdict-counter.js';
import { Verdicts } from '../verdicts.js';
import { activeAnswer } from './verdict-text.js';

/** JSON of a secret and nothing else; no character of it needs decoding. */
const PLAIN_INPUT =
  /^[ \t\r\n]*\{[ \t\r\n]*"token"[ \t\r\n]*:[ \t\r\n]*"([A-Za-z0-9_-]+)"[ \t\r\n]*\}[ \t\r\n]*$/;

/** A good token of the caller's own business, both known to memory: the steps of VerifyRequest, where none refuses. */
@Injectable()
export class VerifyShortcut implements Shortcut {
  readonly path = '/api/v1/tokens/verify';
  readonly contentType = /^application\/json(; ?charset=utf-8)?$/i;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly verdicts: Verdicts,
    private readonly counter: VerdictCounter,
  ) {}

  answer(request: IncomingMessage, body: string): ShortAnswer | null {
    const secret = PLAIN_INPUT.exec(body)?.[1];
    const leasedAtMs = this.verdicts.leasedNow();
    if (secret === undefined || leasedAtMs === null) return null;
    const caller = this.authenticator.fromMemory(request, leasedAtMs);
    if (caller === null || caller.businessId === null) return null;
    if (caller.businessId !== request.headers[BUSINESS_HEADER]) return null;
    if (!covers(caller.scopes, 'rescind:tokens:verify')) return null;
    const presentation = { from: null, within: caller.businessId };
    const token = this.verdicts.fromMemory(secret, presentation, leasedAtMs);
    if (token === null) return null;
    this.counter.countOutcome('active');
    return activeAnswer(token);
  }
}
