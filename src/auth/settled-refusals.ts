import { Injectable } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Turns } from '../admission/turns.js';
import { Settled } from '../changes/settled.js';
import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    onlyAsks?: boolean;
  }
}

/** Marks a POST that changes nothing. */
export const OnlyAsks = (): MethodDecorator => RouteConfig({ onlyAsks: true });

/** Why a token is refused that somebody may just have ended; one that was rotated without grace is expired. */
const ENDED = new Set<unknown>(['revoked', 'expired', 'suspended']);

/**
 * Whoever has lowered or ended their own rights, and repeats the call, takes its refusal for "it is done": it is answered when no
 * verifier goes by the rights of before (R1).
 */
@Injectable()
export class SettledRefusals implements ErrorObserver {
  constructor(
    private readonly settled: Settled,
    private readonly turns: Turns,
  ) {}

  /** @throws DomainError `revocation.unconfirmed`; `request.rate_limited` */
  async observe(error: DomainError, request: FastifyRequest): Promise<void> {
    const { config } = request.routeOptions;
    if (!mayBeDone(error) || /^(GET|HEAD)$/.test(request.method) || config.onlyAsks === true) return;
    const { user } = request as Partial<AuthenticatedRequest>;
    await this.turns.inPlace('refusals-waiting', user?.token.id ?? request.ip, () =>
      this.settled.everywhere(user?.businessId ?? null),
    );
  }
}

function mayBeDone({ code, facts }: DomainError): boolean {
  return (
    code === 'permission.denied' || (code === 'authentication.invalid' && ENDED.has(facts.details?.failure))
  );
}
