import { Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { BEARER } from './bearer.strategy.js';

/** Admits requests with an active secret. */
@Injectable()
export class BearerGuard extends AuthGuard(BEARER) {
  override handleRequest<User>(error: unknown, user: User): User {
    // The error of the strategy is passed on unchanged.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (error !== null && error !== undefined) throw error;
    return user;
  }
}
