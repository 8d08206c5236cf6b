import type { FastifyRequest } from 'fastify';
import { isEmailAddress } from '../common/email.decorator.js';

/** DayZero's header for the person on whose behalf a request is made. A claim, never a proof. */
export const USER_EMAIL_HEADER = 'x-user-email';

/** The e-mail that the request claims; nothing if it is missing or invalid. It decides nothing. */
export function claimedUserOf({ headers }: FastifyRequest): { claimedUser?: string } {
  const claimed = headers[USER_EMAIL_HEADER];
  return isEmailAddress(claimed) ? { claimedUser: claimed } : {};
}
