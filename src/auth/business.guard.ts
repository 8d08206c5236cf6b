import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { BUSINESS_HEADER, claimedBusinessIdOf } from './business-header.js';
import type { Principal } from './principal.js';
import { BusinessesRepository } from '../directory/businesses/businesses.repository.js';

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

/** vcita's name for the business that a directory, here the platform, acts for. */
export const ON_BEHALF_OF_HEADER = 'x-on-behalf-of';

/**
 * Binds the request to the business of the calling token, for the dialects whose clients name none. A platform token,
 * which belongs to no business, names one in `x-business-id` or `x-on-behalf-of`. If another caller names one, it must
 * be the caller's own, as everywhere else.
 */
@Injectable()
export class CallersBusinessGuard implements CanActivate {
  constructor(private readonly businesses: BusinessGuard) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.businessId = (await this.bind(request, request.user)) ?? this.withoutBusiness(request);
    return true;
  }

  /**
   * @throws DomainError `business.header_missing`: only a platform token comes here. It names the header that every
   * route takes: at the addresses that Infisical and the native API share, the other one selects the native route.
   */
  protected withoutBusiness(request: FastifyRequest): string | undefined {
    return claimedBusinessIdOf(request, ON_BEHALF_OF_HEADER);
  }

  private bind(request: FastifyRequest, principal: Principal): string | null | Promise<string> {
    const claimed = claimedBusinessOf(request);
    return claimed === null ? principal.businessId : this.businesses.admit(claimed, principal);
  }
}

/** The same for routes that the platform may also call outside any business. */
@Injectable()
export class OptionalBusinessGuard extends CallersBusinessGuard {
  protected override withoutBusiness(): undefined {
    return undefined;
  }
}

/** The business that the request names, or the caller's own; for the platform without a name, all. */
@Injectable()
export class NamedOrOwnBusinessGuard implements CanActivate {
  constructor(private readonly businesses: BusinessGuard) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { user } = request;
    request.businessId =
      request.headers[BUSINESS_HEADER] === undefined
        ? (user.businessId ?? undefined)
        : await this.businesses.bind(request, user);
    return true;
  }
}

/** @throws DomainError `business.header_malformed` also when the two headers name different businesses */
function claimedBusinessOf(request: FastifyRequest): string | null {
  const named = [ON_BEHALF_OF_HEADER, BUSINESS_HEADER].filter((name) => (request.headers[name] ?? '') !== '');
  const [claimed, other] = named.map((name) => claimedBusinessIdOf(request, name));
  if (other !== undefined && other !== claimed) {
    throw new DomainError(
      'business.header_malformed',
      `Invalid request parameters: ${named.join(' and ')} name different businesses.`,
    );
  }
  return claimed ?? null;
}
