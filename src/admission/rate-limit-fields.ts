import type { FastifyReply } from 'fastify';
import type { LimitUse } from './limits.js';
import { rateLimited } from '../common/errors/domain-error.js';

/**
 * Tells a client its limits and what is left of them: RateLimit-Policy and RateLimit
 * (draft-ietf-httpapi-ratelimit-headers-10 §3, §4).
 * @throws DomainError `request.rate_limited` when one of them is exceeded
 */
export function holdTo(uses: readonly LimitUse[], reply: FastifyReply): void {
  void reply
    .header('ratelimit-policy', uses.map(policyOf).join(', '))
    .header('ratelimit', uses.map(limitOf).join(', '));
  const exceeded = uses.find(({ isExceeded }) => isExceeded);
  if (exceeded !== undefined) throw rateLimited(exceeded.secondsLeft ?? 1);
}

function policyOf({ name, limit, windowSeconds }: LimitUse): string {
  return `"${name}";q=${limit};${windowSeconds === null ? 'qu="concurrent-requests"' : `w=${windowSeconds}`}`;
}

function limitOf({ name, remaining, secondsLeft }: LimitUse): string {
  return `"${name}";r=${remaining}${secondsLeft === null ? '' : `;t=${secondsLeft}`}`;
}
