import { type DomainError, refusal } from '../errors/domain-error.js';

/** Too many requests; `retryAfterSeconds` becomes Retry-After. */
export function rateLimited(retryAfterSeconds: number): DomainError {
  return refusal('request.rate_limited', { retryAfterSeconds });
}
