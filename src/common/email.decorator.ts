import { buildMessage, isEmail, ValidateBy } from 'class-validator';
import { isCleanText } from './clean-text.js';

/** RFC 5321 §4.5.3.1: 64 of the local part, the @, and 255 of the domain. */
const EMAIL_LENGTH_MAX = 320;

/**
 * An e-mail address, not longer than one can be, so that no pattern is tried on thousands of characters. Half a surrogate pair
 * is refused before `isEmail`, which throws on it instead of answering, and so are control characters, which RFC 5322 lets stand
 * between quotes. Addresses are kept in lower case, where the Kelvin sign is a plain k: a letter that would turn into another one
 * by that, and the address into somebody else's, is refused.
 */
export function IsEmailAddress(): PropertyDecorator {
  return ValidateBy({
    name: 'isEmail',
    validator: {
      validate: isEmailAddress,
      defaultMessage: buildMessage(() => 'Input should be a valid e-mail address'),
    },
  });
}

/** See IsEmailAddress. */
export function isEmailAddress(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= EMAIL_LENGTH_MAX &&
    isCleanText(value) &&
    isEmail(value) &&
    !Array.from(value).some(turnsIntoAnother)
  );
}

function turnsIntoAnother(letter: string): boolean {
  return letter > '\x7f' && (letter.normalize() !== letter || /[\x20-\x7e]/.test(letter.toLowerCase()));
}
