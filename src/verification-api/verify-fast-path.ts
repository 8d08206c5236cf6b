import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { BUSINESS_HEADER } from '../auth/business-header.js';
import type { CachedResponse, FastPath } from '../common/http/fast-paths.js';
import { effectiveScopes } from '../verification/effective-scopes.js';
import { covers, coversAll } from '../verification/scopes.js';
import { TokenUsage } from '../verification/usage/token-usage.js';
import { VerdictCounter } from '../verification/verdict-counter.js';
import { Verdicts } from '../verification/verdicts.js';
import { activeAnswer } from './verdict-json.js';
import type { VerifyTokenDto } from './verify-token.dto.js';

const MEMBERS = new Set(['token', 'scopes', 'ip', 'user_agent']);
/** As `IsScopeList` has it. */
const SCOPES_MAX = 100;
const WHITE_SPACE = /[ \t\r\n]+/g;
const USER_AGENT = /^[\x20-\x7e]{0,1024}$/;

/**
 * What a request asks in the plain form of `VerifyTokenDto`: nothing but its members, each of its own kind, with nothing
 * to be decoded or corrected. null: it is for the ordinary way to read, and perhaps to refuse.
 */
function plainVerifyInput(body: string): VerifyTokenDto | null {
  const input = JSON.parse(body) as unknown;
  if (!isObject(input) || !isWrittenPlainly(body, input)) return null;
  for (const name of Object.keys(input)) if (!MEMBERS.has(name)) return null;
  const { token, scopes, ip, user_agent: userAgent } = input;
  if (typeof token !== 'string') return null;
  if (
    scopes !== undefined &&
    !(Array.isArray(scopes) && scopes.length <= SCOPES_MAX && scopes.every(isScope))
  )
    return null;
  if (ip !== undefined && !(typeof ip === 'string' && isIP(ip) !== 0)) return null;
  if (userAgent !== undefined && !(typeof userAgent === 'string' && USER_AGENT.test(userAgent))) return null;
  return input as unknown as VerifyTokenDto;
}

/** Whether no member is there twice, and no character written in another way than its own; white space apart. */
function isWrittenPlainly(body: string, input: object): boolean {
  const text = JSON.stringify(input);
  return text === body || text.replace(WHITE_SPACE, '') === body.replace(WHITE_SPACE, '');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScope(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 128;
}

/**
 * A good token of the business that the request names, or of the caller's own, and a caller who may ask there: the steps of
 * VerifyRequest, where none refuses.
 */
@Injectable()
export class VerifyFastPath implements FastPath {
  readonly path = '/api/v1/tokens/verify';
  readonly contentType = /^application\/json(; ?charset=utf-8)?$/i;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly verdicts: Verdicts,
    private readonly counter: VerdictCounter,
    private readonly usage: TokenUsage,
  ) {}

  answer(request: IncomingMessage, body: string): CachedResponse | null {
    const leasedAtMs = this.verdicts.leasedNow();
    const input = leasedAtMs === null ? null : plainVerifyInput(body);
    if (leasedAtMs === null || input === null) return null;
    const caller = this.authenticator.authenticateCached(request, leasedAtMs);
    if (caller === null || !covers(caller.scopes, 'rescind:tokens:verify')) return null;
    const named = request.headers[BUSINESS_HEADER];
    const within = named ?? caller.businessId ?? undefined;
    // The platform may ask in every business that there is: the token's own is one.
    if (Array.isArray(within) || (caller.businessId !== null && caller.businessId !== within)) return null;
    const presented = { from: input.ip ?? null, userAgent: input.user_agent, scopes: input.scopes };
    const presentation = within === undefined ? presented : { ...presented, within };
    const token = this.verdicts.verifyCached(input.token, presentation, leasedAtMs);
    // The platform's own tokens are of no business.
    if (token === null || token.business === null) return null;
    if (!coversAll(effectiveScopes(token), input.scopes ?? [])) return null;
    this.counter.countOutcome('active');
    this.authenticator.noteCached(caller, request, 'rescind:tokens:verify', leasedAtMs);
    this.usage.note(token, 'active', presented, leasedAtMs);
    return activeAnswer(token);
  }
}
