import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ownSecretsIn } from '../secrets/token-strings.js';

const CLIENT_REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The part that all request ids of this process share: 74 random bits, drawn once. */
const PROCESS = ((hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-a${hex.slice(15, 18)}-`)(
  randomBytes(9).toString('hex'),
);

/** All numbers of three hexadecimal digits: writing out a larger one costs as much as the rest of a verdict. */
const THREE_DIGITS = Array.from({ length: 4096 }, (_, number) => number.toString(16).padStart(3, '0'));

/** Counts in the last twelve digits, which begin with an 8: the upper six in `upper`, the lower six in `lower`. */
let upper = 0x800000;
let lower = 0;
let start = PROCESS + upper.toString(16);

/** A new request id: a UUIDv8 (RFC 9562 §5.8). Drawing random bits for each costs as much as a whole verdict. */
export function newRequestId(): string {
  const id = start + (THREE_DIGITS[lower >> 12] as string) + (THREE_DIGITS[lower & 4095] as string);
  if (++lower === 0x1000000) {
    lower = 0;
    start = PROCESS + (++upper).toString(16);
  }
  return id;
}

/** The header in which an answer repeats the caller's own id. */
export const CLIENT_REQUEST_ID_HEADER = 'x-client-request-id';

/**
 * The id that the caller gave the request in `x-request-id`, beside ours and never in its place; undefined: none, or what
 * cannot be one, as a secret that was put into the wrong header. Whoever calls can give any, the id of somebody else's
 * request as well.
 */
export function clientRequestIdOf({ headers }: IncomingMessage): string | undefined {
  const given = headers['x-request-id'];
  if (typeof given !== 'string' || !CLIENT_REQUEST_ID.test(given)) return undefined;
  return ownSecretsIn(given).next().done === true ? given : undefined;
}
