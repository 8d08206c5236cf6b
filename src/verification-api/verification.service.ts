import { Injectable } from '@nestjs/common';
import { askerOf } from '../verification/presentation.js';
import type { Verdict } from '../verification/verdict.js';
import { Verdicts } from '../verification/verdicts.js';
import type { VerifyTokenDto } from './verify-token.dto.js';

/**
 * Verdicts for the callers of one business: a token of another is unknown to them, whatever its state. null: for the
 * platform, of all businesses; its own tokens are of none, and unknown.
 */
@Injectable()
export class VerificationService {
  constructor(private readonly verdicts: Verdicts) {}

  async verify(
    businessId: string | null,
    { token, scopes, ip, user_agent: userAgent }: VerifyTokenDto,
  ): Promise<Verdict> {
    const among = businessId === null ? { amongBusinesses: true } : { within: businessId };
    const asker = askerOf(businessId);
    return this.verdicts.verify(token, {
      asker,
      from: ip ?? null,
      userAgent,
      scopes,
      use: 'verify',
      ...among,
    });
  }

  /** The verdicts on `inputs`, in their order: what is looked up is looked up together, a secret that comes again after it. */
  verifyAll(businessId: string | null, inputs: readonly VerifyTokenDto[]): Promise<Verdict[]> {
    const last = new Map<string, Promise<Verdict>>();
    const verdicts = inputs.map((input) => {
      const before = last.get(input.token);
      const verdict =
        before === undefined
          ? this.verify(businessId, input)
          : before.then(() => this.verify(businessId, input));
      last.set(input.token, verdict);
      return verdict;
    });
    return Promise.all(verdicts);
  }
}
