import { isTrustedAddress } from './trusted-addresses.js';
import { inactive, type ActiveVerdict, type InactiveVerdict, type Verdict } from './verdict.js';

export interface Question {
  /** Scopes that the token must have, all of them. */
  readonly scopes?: readonly string[] | undefined;
  /** Address that the secret was presented from; needed for tokens that are bound to addresses. */
  readonly ip?: string | undefined;
}

interface Judgeable {
  readonly verdict: ActiveVerdict | InactiveVerdict;
  readonly trustedIps: readonly string[] | null;
}

/** The verdict for this address and these scopes, by the same rules as in the server. */
export function judge({ verdict, trustedIps }: Judgeable, question: Question | undefined): Verdict {
  if (!verdict.active) return verdict;
  if (trustedIps !== null && !isTrustedAddress(question?.ip, trustedIps)) return inactive('ip_not_allowed');
  const needed = question?.scopes;
  return needed === undefined || coversAll(verdict.scopes, needed) ? verdict : inactive('insufficient_scope');
}

/** As the protocol has it. */
export const SCOPES_MAX = 100;
const SCOPE_LENGTH_MAX = 128;

/** The scopes of a question as a server takes them: all, or none of them. */
export function tellable(scopes: Question['scopes']): Question['scopes'] {
  if (!Array.isArray(scopes) || scopes.length > SCOPES_MAX) return undefined;
  const areTexts = scopes.every((scope) => typeof scope === 'string' && scope.length <= SCOPE_LENGTH_MAX);
  return areTexts ? scopes : undefined;
}

/** RFC 6749 §3.3: what a scope can be called. */
const SCOPE_NAME = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

export function isScopeName(text: string): boolean {
  return SCOPE_NAME.test(text);
}

function coversAll(granted: readonly string[], needed: readonly string[]): boolean {
  for (const scope of needed) if (!covers(granted, scope)) return false;
  return true;
}

/** By name, `x:write` for `x:read`, or as an administrator. */
function covers(granted: readonly string[], needed: string): boolean {
  if (granted.includes(needed) || granted.includes('rescind:platform:admin')) return true;
  if (needed.endsWith(':read') && granted.includes(`${needed.slice(0, -5)}:write`)) return true;
  return needed !== 'rescind:platform:admin' && granted.includes('rescind:business:admin');
}
