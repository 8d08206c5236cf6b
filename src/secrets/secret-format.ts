import { hash, randomInt } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `length` characters of [0-9A-Za-z], each uniform from the system's random source: 5.95 bits apiece. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) text += ALPHABET.charAt(randomInt(ALPHABET.length));
  return text;
}

/** `value` (unsigned 32 bits) as exactly 6 base62 digits, most significant first. */
function base62OfUint32(value: number): string {
  let text = '';
  for (let rest = value; text.length < 6; rest = Math.floor(rest / 62))
    text = ALPHABET.charAt(rest % 62) + text;
  return text;
}

/**
 * The last six characters of a secret: CRC-32 (ISO 3309) over all that precedes them, in base62. It lets a
 * mistyped or invented secret be refused without any I/O, and a scanner be sure of its find.
 */
export function checksumOf(text: string): string {
  return base62OfUint32(zlibCrc32(text));
}

/** Characters of the public id: 22 of base62, 130 bits. It names the token (its `jti`) and proves nothing. */
export const PUBLIC_ID_LENGTH = 22;
/** Characters of the random part: 33 of base62, 196 bits. */
export const RANDOM_LENGTH = 33;
/** Longest secret of any format; longer strings are refused unread. */
export const SECRET_LENGTH_MAX = 512;

/** A prefix a business may choose. `ot_pat` is OpenTrain's and holds the one underscore allowed. */
export const PREFIX_PATTERN = /^[a-z][a-z0-9]{1,11}$/;

/**
 * Every secret Rescind issues in its own format, for secret scanners. Prefix, public id, random, checksum.
 * Documented in README.md; a test holds the two together.
 */
export const SECRET_PATTERN =
  /^((?:[a-z][a-z0-9]{1,11}|ot_pat)_([0-9A-Za-z]{22})_[0-9A-Za-z]{33}_)([0-9A-Za-z]{6})$/;

/** vcita's: 64 lowercase hexadecimal characters; the first 16 are the public id, 192 random bits follow. */
const HEX_PATTERN = /^[0-9a-f]{64}$/;
const HEX_PUBLIC_ID_LENGTH = 16;
/** No secret of Rescind's own format is that short. */
const HEX_LENGTH = 64;
/** `<public id>_<random>_<checksum>`, counted from the end, because prefixes differ in length. */
const PUBLIC_ID_FROM_END = -(PUBLIC_ID_LENGTH + 1 + RANDOM_LENGTH + 1 + 6);

/**
 * A platform token that an operator chose (RESCIND_BOOTSTRAP_TOKEN): 32 or more characters, without a checksum. Its
 * public id is the beginning of a hash, because no part of such a secret may be shown.
 */
const CHOSEN_PATTERN = /^[A-Za-z0-9_-]{32,512}$/;
export const CHOSEN_PUBLIC_ID_PREFIX = 'chosen-';

/** The public id inside a well-formed secret; null for anything that was never issued. No I/O. */
export function publicIdOf(secret: string): string | null {
  if (secret.length > SECRET_LENGTH_MAX) return null;
  const parts = SECRET_PATTERN.exec(secret);
  if (parts !== null) return checksumOf(parts[1] as string) === parts[3] ? (parts[2] as string) : null;
  return isHexadecimal(secret) ? secret.slice(0, HEX_PUBLIC_ID_LENGTH) : null;
}

/** Whether it has the form of vcita's, which has no checksum: other secrets may have it as well. */
export function isHexadecimal(secret: string): boolean {
  return HEX_PATTERN.test(secret);
}

/**
 * Where the public id stands if `secret` is well-formed, without looking whether it is: for finding what is in
 * memory under it. Whoever then proves the secret by its digest has proven its form as well.
 */
export function supposedPublicIdOf(secret: string): string {
  return secret.length === HEX_LENGTH
    ? secret.slice(0, HEX_PUBLIC_ID_LENGTH)
    : secret.slice(PUBLIC_ID_FROM_END, PUBLIC_ID_FROM_END + PUBLIC_ID_LENGTH);
}

/** The public id that a chosen secret would have; null for what cannot be one. */
export function chosenPublicIdOf(secret: string): string | null {
  return CHOSEN_PATTERN.test(secret)
    ? CHOSEN_PUBLIC_ID_PREFIX + hash('sha256', `rescind.public_id:${secret}`).slice(0, 24)
    : null;
}

/** Prefix and public id of something that looks like a secret, right checksum or not: all that may be kept of a guess. */
export function displayablePartOf(secret: string): { prefix: string | null; publicId: string | null } {
  const parts = SECRET_PATTERN.exec(secret.slice(0, SECRET_LENGTH_MAX + 1));
  if (parts === null) return { prefix: null, publicId: null };
  const publicId = parts[2] as string;
  return { prefix: (parts[1] as string).slice(0, (parts[1] as string).indexOf(`_${publicId}`)), publicId };
}
