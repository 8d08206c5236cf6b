import { randomInt } from 'node:crypto';

/**
 * A loopback address that no other test calls from, for what the service counts by address: of the guesses of one address
 * only a few are told apart.
 */
export function ownAddress(): string {
  return `127.${randomInt(16, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}
