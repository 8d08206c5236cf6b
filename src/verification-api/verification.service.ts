import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { askerOf } from '../verification/presentation.js';
import type { Verdict } from '../verification/verdict.js';
import { Verdicts } from '../verification/verdicts.js';
import { VerifyTokenDto } from './verify-token.dto.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { Authenticator } from '../auth/authenticator.js';
import { BUSINESS_HEADER } from '../auth/business-header.js';
import { BusinessGuard } from '../auth/business.guard.js';
import type { Principal } from '../auth/principal.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import { InputPipe } from '../common/input.pipe.js';

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

const inputPipe = new InputPipe();

/**
 * The steps of a verification request, in the order of every other route: who calls, for which business, with
 * which scope, asking what. They are called here, not by guards and pipes, because a verdict out of memory takes
 * a few microseconds and the machinery around a route several times that (docs/performance.md).
 */
@Injectable()
export class VerifyRequest {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly demands: ScopeDemands,
    private readonly businesses: BusinessGuard,
    private readonly verification: VerificationService,
  ) {}

  /** @throws DomainError, as guards and pipes do */
  async verdict(request: FastifyRequest): Promise<Verdict> {
    const principal = await this.authenticator.authenticate(request);
    // For the recorder of denials, which reads what the guards would have left.
    (request as AuthenticatedRequest).user = principal;
    const businessId = await this.businessOf(request, principal);
    this.demands.demand(principal, 'rescind:tokens:verify');
    const { body } = request;
    return this.verification.verify(businessId, isPlainInput(body) ? body : await validated(body));
  }

  /** Who names no business asks in its own; null: the platform, in all. */
  private businessOf(request: FastifyRequest, principal: Principal): string | null | Promise<string> {
    return request.headers[BUSINESS_HEADER] === undefined
      ? principal.businessId
      : this.businesses.bind(request, principal);
  }
}

/** Only a secret, of a length that one can have: nothing for the validator to find. */
function isPlainInput(body: unknown): body is VerifyTokenDto {
  if (typeof body !== 'object' || body === null) return false;
  for (const name in body) if (name !== 'token') return false;
  const { token } = body as { token?: unknown };
  return typeof token === 'string' && token.length <= 512;
}

function validated(body: unknown): Promise<VerifyTokenDto> {
  return inputPipe.transform(body, { type: 'body', metatype: VerifyTokenDto }) as Promise<VerifyTokenDto>;
}
