import { randomBytes } from 'node:crypto';

/** Crockford's base32: no letter that a reader takes for a digit, and no U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHARACTERS = 30;
const GROUP = 5;

/** 150 random bits, in groups of five characters, to be printed and typed in again. */
export function mintRecoveryCode(): string {
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return (characters.join('').match(/.{5}/g) as string[]).join('-');
}

/**
 * What was typed, as it was printed: in any case, with or without dashes and spaces, O for 0, I and L for 1.
 * @returns null: it cannot be a recovery code
 */
export function recoveryCodeFrom(typed: string): string | null {
  const characters = typed
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  if (characters.length !== CHARACTERS || ![...characters].every((each) => ALPHABET.includes(each)))
    return null;
  return (characters.match(new RegExp(`.{${GROUP}}`, 'g')) as string[]).join('-');
}
