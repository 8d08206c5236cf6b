import { Injectable } from '@nestjs/common';
import { effectiveScopes } from '../effective-scopes.js';
import { coversAll } from '../scopes.js';
import { inactive, type Verdict } from '../verdict.js';
import { Verdicts } from '../verdicts.js';
import type { VerifyTokenDto } from './verify-token.dto.js';

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
