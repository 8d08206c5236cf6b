import { CachedResponses } from '../common/http/cached-responses.js';
import type { CachedResponse } from '../common/http/fast-paths.js';
import { effectiveScopes } from '../verification/effective-scopes.js';
import type { TokenFacts } from '../verification/token-facts.js';
import type { Verdict } from '../verification/verdict.js';
import { labelsInVerdict, withMetadata } from '../verification/verdict-labels.js';
import type { ActiveVerdictDto, InactiveVerdictDto } from './verify-token.dto.js';

const answers = new CachedResponses((token: TokenFacts) =>
  withMetadata(JSON.stringify(activeDto(token)), token.labels?.metadata ?? null),
);

/** The verdict as the JSON of an ActiveVerdictDto or an InactiveVerdictDto. */
export function verdictJson(verdict: Verdict): string {
  return verdict.active
    ? activeAnswer(verdict.token).text
    : JSON.stringify({ active: false, reason: verdict.reason } satisfies InactiveVerdictDto);
}

/** The verdict on a good token as the JSON of an ActiveVerdictDto. */
export function activeAnswer(token: TokenFacts): CachedResponse {
  return answers.of(token);
}

function activeDto(token: TokenFacts): Omit<ActiveVerdictDto, 'metadata'> {
  const { owner } = token;
  return {
    active: true,
    id: token.id,
    jti: token.jti,
    business_id: token.business?.id ?? '',
    owner: { kind: owner.kind, id: owner.id, name: owner.name, email: owner.email, role: owner.role },
    name: token.name,
    ...labelsInVerdict(token.labels),
    scopes: effectiveScopes(token) as string[],
    expires_at: isoOrNull(token.endsAtMs),
    created_at: new Date(token.createdAtMs).toISOString(),
  };
}

function isoOrNull(ms: number): string | null {
  return ms === Infinity ? null : new Date(ms).toISOString();
}
