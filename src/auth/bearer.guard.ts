import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { Settled } from '../changes/settled.js';
import { DomainError } from '../common/errors/domain-error.js';
import { BEARER } from './bearer.strategy.js';
import { isRevocationRoute } from './revokes.decorator.js';

/** Admits requests with an active secret. */
@Injectable()
export class BearerGuard extends AuthGuard(BEARER) {
  constructor(private readonly settled: Settled) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return (await super.canActivate(context)) as boolean;
    } catch (error) {
      // Who repeats the end of the token that they call with takes its refusal for that: no verifier lets it in by then (R1).
      const isOver = error instanceof DomainError && error.facts.details?.failure === 'revoked';
      if (isOver && isRevocationRoute(context)) await this.settled.everywhere(null);
      throw error;
    }
  }
}
