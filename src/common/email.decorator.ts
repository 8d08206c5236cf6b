import { buildMessage, isEmail, ValidateBy } from 'class-validator';

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * An e-mail address. Half a surrogate pair is refused before `isEmail`, which throws on it instead of answering, and
 * so are control characters, which RFC 5322 lets stand between quotes.
 */
export function IsEmailAddress(): PropertyDecorator {
  return ValidateBy({
    name: 'isEmail',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && value.isWellFormed() && !CONTROL.test(value) && isEmail(value),
      defaultMessage: buildMessage(() => 'Input should be a valid e-mail address'),
    },
  });
}
