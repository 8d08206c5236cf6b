import { randomBytes, randomFillSync } from 'node:crypto';
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

/** How many requests there have been, in two halves of 24 bits. */
let upper = 0;
let lower = 0;
const ROUND_KEYS = randomFillSync(new Uint32Array(4));

/**
 * A new request id: a UUIDv8 (RFC 9562 §5.8). Drawing random bits for each costs as much as a whole verdict, so its last twelve
 * digits are a count; but in an order that this process has drawn (a Feistel network), since a plain one would tell everybody how
 * many requests others make.
 */
export function newRequestId(): string {
  let [left, right] = [upper, lower];
  for (const key of ROUND_KEYS) [left, right] = [right, left ^ scattered(right, key)];
  lower = (lower + 1) & 0xffffff;
  if (lower === 0) upper = (upper + 1) & 0xffffff;
  return PROCESS + digitsOf(left) + digitsOf(right);
}

/** 24 bits that depend on all bits of `half` and `key` (the finalizer of MurmurHash3). */
function scattered(half: number, key: number): number {
  let bits = Math.imul(half ^ key, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) & 0xffffff;
}

function digitsOf(half: number): string {
  return (THREE_DIGITS[half >> 12] as string) + (THREE_DIGITS[half & 4095] as string);
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
