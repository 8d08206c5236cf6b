import { Injectable } from '@nestjs/common';
import type { TokenFacts } from '../token-facts.js';
import { effectiveScopes } from '../effective-scopes.js';
import { coversAll } from '../scopes.js';
import { inactive, type Verdict } from '../verdict.js';
import { Verdicts } from '../verdicts.js';
import type { ActiveVerdictDto, InactiveVerdictDto, VerifyTokenDto } from './verify-token.dto.js';

/** Verdicts for the callers of one business: a token of another is unknown to them, whatever its state. */
@Injectable()
export class VerificationService {
  constructor(private readonly verdicts: Verdicts) {}

  /** Synchronous when memory can tell. */
  verify(businessId: string, input: VerifyTokenDto): Verdict | Promise<Verdict> {
    const verdict = this.verdicts.of(input.token, { from: input.ip ?? null, within: businessId });
    return verdict instanceof Promise
      ? verdict.then((late) => withScopes(late, input))
      : withScopes(verdict, input);
  }
}

function withScopes(verdict: Verdict, { scopes }: VerifyTokenDto): Verdict {
  if (!verdict.active || scopes === undefined || scopes === null) return verdict;
  return coversAll(effectiveScopes(verdict.token), scopes) ? verdict : inactive('insufficient_scope');
}

export function verdictDto(verdict: Verdict): ActiveVerdictDto | InactiveVerdictDto {
  return verdict.active ? activeDto(verdict.token) : { active: false, reason: verdict.reason };
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
