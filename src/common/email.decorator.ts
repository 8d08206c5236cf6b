import { buildMessage, isEmail, ValidateBy } from 'class-validator';

/** An e-mail address. Half a surrogate pair is refused before `isEmail`, which throws on it instead of answering. */
export function IsEmailAddress(): PropertyDecorator {
  return ValidateBy({
    name: 'isEmail',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && value.isWellFormed() && isEmail(value),
      defaultMessage: buildMessage(() => 'Input should be a valid e-mail address'),
    },
  });
}
