import { ShortAnswers } from '../../common/http/short-answers.js';
import type { ShortAnswer } from '../../common/http/shortcuts.js';
import { effectiveScopes } from '../effective-scopes.js';
import type { TokenFacts } from '../token-facts.js';
import type { Verdict } from '../verdict.js';
import type { ActiveVerdictDto, InactiveVerdictDto } from './verify-token.dto.js';

const answers = new ShortAnswers((token: TokenFacts) => JSON.stringify(activeDto(token)));

/** The verdict as the JSON of an ActiveVerdictDto or an InactiveVerdictDto. */
export function verdictText(verdict: Verdict): string {
  return verdict.active
    ? activeAnswer(verdict.token).text
    : JSON.stringify({ active: false, reason: verdict.reason } satisfies InactiveVerdictDto);
}

/** The verdict on a good token as the JSON of an ActiveVerdictDto. */
export function activeAnswer(token: TokenFacts): ShortAnswer {
  return answers.of(token);
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
    expires_at: isoOrNull(token.endsAtMs),
    created_at: new Date(token.createdAtMs).toISOString(),
  };
}

function isoOrNull(ms: number): string | null {
  return ms === Infinity ? null : new Date(ms).toISOString();
}
