import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/errors/domain-error.js';

export const BUSINESS_HEADER = 'x-business-id';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The business that a request claims to act in, in lower case.
 * @param name the header that names it
 * @throws DomainError `business.header_missing` or `business.header_malformed`; a repeated header is malformed.
 */
export function claimedBusinessIdOf(request: FastifyRequest, name: string = BUSINESS_HEADER): string {
  const header = request.headers[name];
  if (header === undefined || header === '') {
    throw new DomainError(
      'business.header_missing',
      `Invalid request parameters: the ${name} header is missing.`,
    );
  }
  const businessId = typeof header === 'string' ? header.trim().toLowerCase() : '';
  if (!UUID.test(businessId)) {
    throw new DomainError(
      'business.header_malformed',
      `Invalid request parameters: the ${name} header is not one UUID.`,
    );
  }
  return businessId;
}
