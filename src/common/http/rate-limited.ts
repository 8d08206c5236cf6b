import { DomainError } from '../errors/domain-error.js';

/** Too many requests; `retryAfterSeconds` becomes Retry-After. */
export function rateLimited(retryAfterSeconds: number): DomainError {
  return new DomainError('request.rate_limited', 'Too many requests', { retryAfterSeconds });
}
