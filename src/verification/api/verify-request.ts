import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { Authenticator } from '../../auth/authenticator.js';
import { BusinessGuard } from '../../auth/business.guard.js';
import type { Principal } from '../../auth/principal.js';
import { demandScope } from '../../auth/scope.guard.js';
import { InputPipe } from '../../common/input.pipe.js';
import type { Verdict } from '../verdict.js';
import { VerificationService } from './verification.service.js';
import { VerifyTokenDto } from './verify-token.dto.js';

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
    private readonly businesses: BusinessGuard,
    private readonly verification: VerificationService,
  ) {}

  /** Synchronous when memory can tell. @throws DomainError, as guards and pipes do */
  verdict(request: FastifyRequest): Verdict | Promise<Verdict> {
    const principal = this.authenticator.authenticate(request);
    if (principal instanceof Promise) return principal.then((late) => this.verdictFor(late, request));
    return this.verdictFor(principal, request);
  }

  private verdictFor(principal: Principal, request: FastifyRequest): Verdict | Promise<Verdict> {
    // For the recorder of denials, which reads what the guards would have left.
    (request as AuthenticatedRequest).user = principal;
    const businessId = this.businesses.bind(request, principal);
    demandScope(principal, 'rescind:tokens:verify');
    return typeof businessId === 'string'
      ? this.verdictWithin(businessId, request.body)
      : businessId.then((late) => this.verdictWithin(late, request.body));
  }

  private verdictWithin(businessId: string, body: unknown): Verdict | Promise<Verdict> {
    return isPlainInput(body)
      ? this.verification.verify(businessId, body)
      : validated(body).then((input) => this.verification.verify(businessId, input));
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
