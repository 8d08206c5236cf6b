import { isIP } from 'node:net';
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
export function plainVerifyInput(body: string): VerifyTokenDto | null {
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
