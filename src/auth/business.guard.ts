import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BusinessesRepository } from '../directory/businesses/businesses.repository.js';
import { refusal } from '../common/errors/domain-error.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { claimedBusinessIdOf } from './business-header.js';
import type { Principal } from './principal.js';

/**
 * Binds the request to the business named in `x-business-id`. The header is a claim: it must be the business of the
 * principal, or the principal must be the platform and the business exist. Another business and one that does not exist
 * are refused in the same way (R6).
 */
@Injectable()
export class BusinessGuard implements CanActivate {
  constructor(private readonly businesses: BusinessesRepository) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.businessId = await this.bind(request, request.user);
    return true;
  }

  /**
   * The business that `principal` acts in with this request. Synchronous for all but the platform.
   * @throws DomainError `business.*`
   */
  bind(request: FastifyRequest, principal: Principal): string | Promise<string> {
    return this.admit(claimedBusinessIdOf(request), principal);
  }

  /**
   * @param claimed the business that the request names
   * @throws DomainError `business.forbidden`
   */
  admit(claimed: string, principal: Principal): string | Promise<string> {
    if (principal.businessId === claimed) return claimed;
    if (principal.businessId !== null) return refuse();
    return this.businesses.exists(claimed).then((exists) => (exists ? claimed : refuse()));
  }
}

function refuse(): never {
  throw refusal('business.forbidden');
}
