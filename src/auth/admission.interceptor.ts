import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { rateLimited } from '../common/http/rate-limited.js';
import { ConcurrencyQuota } from '../common/quota.js';
import { ManagementAdmission, WAITING_PER_BUSINESS_MAX } from '../database/management-admission.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { quotaKeysOf } from './quota-keys.js';
import { isRevocationRoute } from './revokes.decorator.js';
import { takesOwnTurns } from './takes-own-turns.decorator.js';

/** The key of the platform, outside of all businesses, in the queue in which callers take turns. */
const PLATFORM = 'platform';
/** How many calls that end rights one token may have under way: each may wait for verifiers for seconds. */
const ENDING_MAX = 500;

/**
 * Lets a management call begin when it is the turn of its business, and leaves to others half of the places to wait for it that
 * one of its tokens may not take. What ends rights waits for no turn; of one token, only so many are under way. Long answers wait
 * for a turn for each of their parts.
 */
@Injectable()
export class AdmissionInterceptor implements NestInterceptor {
  private readonly ofTokens = new ConcurrencyQuota('token-waiting', WAITING_PER_BUSINESS_MAX / 2);
  private readonly ending = new ConcurrencyQuota('token-ending', ENDING_MAX);

  constructor(private readonly admission: ManagementAdmission) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { businessId, user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const handle = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    if (isRevocationRoute(context)) return defer(() => withPlace(this.ending, user.token.id, handle));
    if (takesOwnTurns(context)) return next.handle();
    const inTurn = (): Promise<unknown> =>
      this.admission.run(businessId ?? user.businessId ?? PLATFORM, handle);
    const { token } = quotaKeysOf(user, businessId ?? null);
    return defer(() => (token === null ? inTurn() : withPlace(this.ofTokens, token, inTurn)));
  }
}

/** @throws DomainError `request.rate_limited` */
async function withPlace(
  places: ConcurrencyQuota,
  token: string,
  work: () => Promise<unknown>,
): Promise<unknown> {
  if (places.begin(token).isExceeded) throw rateLimited(1);
  try {
    return await work();
  } finally {
    places.end(token);
  }
}
