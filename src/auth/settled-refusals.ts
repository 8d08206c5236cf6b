import { Injectable } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Settled } from '../changes/settled.js';
import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import { holdTo } from '../common/http/rate-limit-fields.js';
import { ConcurrencyQuota } from '../common/quota.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    onlyAsks?: boolean;
  }
}

/** Marks a POST that changes nothing. */
export const OnlyAsks = (): MethodDecorator => RouteConfig({ onlyAsks: true });

/** How many refusals of one token, or of one address where nobody is proven, may wait at once. */
const WAITING_MAX = 256;
/** Why a token is refused that somebody may just have ended; one that was rotated without grace is expired. */
const ENDED = new Set<unknown>(['revoked', 'expired', 'suspended']);

/**
 * Whoever has lowered or ended their own rights, and repeats the call, takes its refusal for "it is done": it is answered when no
 * verifier goes by the rights of before (R1).
 */
@Injectable()
export class SettledRefusals implements ErrorObserver {
  private readonly waiting = new ConcurrencyQuota('refusals-waiting', WAITING_MAX);

  constructor(private readonly settled: Settled) {}

  /** @throws DomainError `revocation.unconfirmed`; `request.rate_limited` */
  async observe(error: DomainError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (
      !mayBeDone(error) ||
      /^(GET|HEAD)$/.test(request.method) ||
      request.routeOptions.config.onlyAsks === true
    )
      return;
    const { user } = request as Partial<AuthenticatedRequest>;
    const key = user?.token.id ?? request.ip;
    const use = this.waiting.begin(key);
    if (use.isExceeded) return holdTo([use], reply);
    try {
      await this.settled.everywhere(user?.businessId ?? null);
    } finally {
      this.waiting.end(key);
    }
  }
}

function mayBeDone({ code, facts }: DomainError): boolean {
  return (
    code === 'permission.denied' || (code === 'authentication.invalid' && ENDED.has(facts.details?.failure))
  );
}
