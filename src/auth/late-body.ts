import {
  applyDecorators,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { Turns } from '../admission/turns.js';
import { type BodyLimits, hasLateBody, readLateBody } from '../common/http/body-parsers.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

/** Until it is the turn of a call, its body waits on the connection, and so takes no memory. */
@Injectable()
class LateBodyInterceptor implements NestInterceptor {
  constructor(private readonly turns: Turns) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!hasLateBody(request)) return next.handle();
    const handle = async (): Promise<unknown> => {
      request.body = await readLateBody(request);
      return lastValueFrom(next.handle(), { defaultValue: undefined });
    };
    return defer(() => this.turns.run('late-bodies', request.businessId ?? null, handle));
  }
}

/**
 * A route whose body is read, and parsed, once every guard has let the caller through: it may be larger than that of
 * other routes, so that what nobody has proven to be allowed costs nothing. Stands after the decorator that brings the
 * guards, so that no turn among management calls is held while a body comes.
 */
export function LateBody(limits: BodyLimits): MethodDecorator {
  return applyDecorators(RouteConfig({ lateBody: limits }), UseInterceptors(LateBodyInterceptor));
}
