import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { Turns } from '../admission/turns.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { isRevocationRoute } from './revokes.decorator.js';
import { sharersOf } from './sharers.js';
import { takesOwnTurns } from './takes-own-turns.decorator.js';

/**
 * Lets a management call begin when it is the turn of its business, and leaves to others half of the places to wait for it that
 * one of its tokens may not take. What ends rights waits for no turn; of one token, only so many are under way. Long answers wait
 * for a turn for each of their parts.
 */
@Injectable()
export class AdmissionInterceptor implements NestInterceptor {
  constructor(private readonly turns: Turns) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { businessId, user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const handle = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    if (isRevocationRoute(context))
      return defer(() => this.turns.inPlace('token-ending', user.token.id, handle));
    if (takesOwnTurns(context)) return next.handle();
    const inTurn = (): Promise<unknown> =>
      this.turns.run('management', businessId ?? user.businessId, handle);
    const { token } = sharersOf(user, businessId ?? null);
    return defer(() => (token === null ? inTurn() : this.turns.inPlace('token-waiting', token, inTurn)));
  }
}
