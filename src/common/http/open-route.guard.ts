import { Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { rateLimited } from './rate-limited.js';

/**
 * Limits the requests of one address to the routes that no credential guards (RESCIND_OPEN_ROUTE_LIMIT a minute).
 * @throws DomainError `request.rate_limited`, so that the refusal has the shape of the dialect
 */
@Injectable()
export class OpenRouteGuard extends ThrottlerGuard {
  protected override throwThrottlingException(
    _context: unknown,
    detail: ThrottlerLimitDetail,
  ): Promise<void> {
    throw rateLimited(detail.timeToBlockExpire);
  }

  /** All open routes count together. */
  protected override generateKey(_context: unknown, tracker: string): string {
    return tracker;
  }
}

/** For routes where a credential may be presented and need not be: one that is not good is refused by other means. */
@Injectable()
export class UncredentialedGuard extends OpenRouteGuard {
  protected override shouldSkip(context: Parameters<ThrottlerGuard['canActivate']>[0]): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return Promise.resolve(request.headers.authorization !== undefined);
  }
}
