import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { ManagementAdmission } from '../database/management-admission.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { isRevocationRoute } from './revokes.decorator.js';
import { takesOwnTurns } from './takes-own-turns.decorator.js';

/** The key of the platform, outside of all businesses, in the queue in which callers take turns. */
const PLATFORM = 'platform';

/**
 * Lets a management call begin when it is the turn of its business. Long answers wait for a turn for each of their
 * parts.
 */
@Injectable()
export class AdmissionInterceptor implements NestInterceptor {
  constructor(private readonly admission: ManagementAdmission) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (isRevocationRoute(context) || takesOwnTurns(context)) return next.handle();
    const { businessId, user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const handle = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    return defer(() => this.admission.run(businessId ?? user.businessId ?? PLATFORM, handle));
  }
}
