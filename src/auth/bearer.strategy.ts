import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { Authenticator } from './authenticator.js';

export const BEARER = 'bearer';

/** Connects Passport with the Authenticator. Refusals go through `error`, so that they keep their code. */
@Injectable()
export class BearerStrategy extends passport.Strategy {
  override name = BEARER;

  constructor(private readonly authenticator: Authenticator) {
    super();
    passport.use(this);
  }

  override authenticate(request: unknown): void {
    // Passport makes a copy for each request, with success() and error() bound to it.
    this.authenticator
      .authenticate(request as FastifyRequest)
      .then((principal) => this.success(principal))
      .catch((error: unknown) => this.error(error));
  }
}
