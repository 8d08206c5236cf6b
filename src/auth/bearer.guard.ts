import { Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { BEARER } from './bearer.strategy.js';

/** Lets in whoever presents a secret that is good at this moment. */
@Injectable()
export class BearerGuard extends AuthGuard(BEARER) {
  override handleRequest<User>(error: unknown, user: User): User {
    // What a strategy fails with is handed on as it is.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (error !== null && error !== undefined) throw error;
    return user;
  }
}
