import type { FastifyRequest } from 'fastify';
import { isEmailAddress } from '../common/email.decorator.js';

/** DayZero's name for the person whom a request is made for. A claim, never proof. */
export const USER_EMAIL_HEADER = 'x-user-email';

/** The e-mail that the request claims; nothing where there is none, or no such thing: it decides nothing. */
export function claimedUserOf({ headers }: FastifyRequest): { claimedUser?: string } {
  const claimed = headers[USER_EMAIL_HEADER];
  return isEmailAddress(claimed) ? { claimedUser: claimed } : {};
}
