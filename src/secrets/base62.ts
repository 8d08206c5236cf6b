import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `length` characters of [0-9A-Za-z], each uniform from the system's random source: 5.95 bits apiece. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) text += ALPHABET.charAt(randomInt(ALPHABET.length));
  return text;
}

/** `value` (unsigned 32 bits) as exactly 6 base62 digits, most significant first. */
export function base62OfUint32(value: number): string {
  let text = '';
  for (let rest = value; text.length < 6; rest = Math.floor(rest / 62))
    text = ALPHABET.charAt(rest % 62) + text;
  return text;
}
