import { randomBytes } from 'node:crypto';

/** The part that all request ids of this process share: 74 random bits, drawn once. */
const PROCESS = ((hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-a${hex.slice(15, 18)}-`)(
  randomBytes(9).toString('hex'),
);

/** Counts from 2^47, so that its hexadecimal digits are twelve without padding. */
let next = 0x800000000000;

/** A new request id: a UUIDv8 (RFC 9562 §5.8). Drawing random bits for each costs as much as a whole verdict. */
export function newRequestId(): string {
  return PROCESS + (next++).toString(16);
}
