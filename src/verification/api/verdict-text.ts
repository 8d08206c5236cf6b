import { LRUCache } from 'lru-cache';
import { effectiveScopes } from '../effective-scopes.js';
import type { TokenFacts } from '../token-facts.js';
import type { Verdict } from '../verdict.js';
import type { ActiveVerdictDto, InactiveVerdictDto } from './verify-token.dto.js';

const ANSWERS_MAX = 20_000;

/** Answers about the tokens asked for most lately, ready to be sent: what a token's facts say never changes. */
const answers = new LRUCache<TokenFacts, string>({ max: ANSWERS_MAX });

/** The verdict as the JSON of an ActiveVerdictDto or an InactiveVerdictDto. */
export function verdictText(verdict: Verdict): string {
  if (!verdict.active)
    return JSON.stringify({ active: false, reason: verdict.reason } satisfies InactiveVerdictDto);
  const known = answers.get(verdict.token);
  if (known !== undefined) return known;
  const text = JSON.stringify(activeDto(verdict.token));
  answers.set(verdict.token, text);
  return text;
}

function activeDto(token: TokenFacts): ActiveVerdictDto {
  const { owner } = token;
  return {
    active: true,
    id: token.id,
    jti: token.jti,
    business_id: token.business?.id ?? '',
    owner: { kind: owner.kind, id: owner.id, name: owner.name, email: owner.email, role: owner.role },
    name: token.name,
    scopes: effectiveScopes(token) as string[],
    expires_at: isoOrNull(Math.min(token.expiresAtMs, token.graceEndsAtMs)),
    created_at: new Date(token.createdAtMs).toISOString(),
  };
}

function isoOrNull(ms: number): string | null {
  return ms === Infinity ? null : new Date(ms).toISOString();
}
