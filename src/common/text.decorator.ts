import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { IsString, MaxLength, registerDecorator, type ValidationArguments } from 'class-validator';
import { ownSecretsIn } from '../secrets/token-strings.js';
import { isCleanText } from './clean-text.js';

export interface TextOptions {
  min?: number;
  max: number;
  /** Line breaks and tabs may stand in it. */
  multiline?: boolean;
  nullable?: boolean;
  /** Whether whoever reads it leaves out the secrets in it; everywhere else they are refused. */
  secretsAreLeftOut?: boolean;
  example?: string;
}

/**
 * A text of `min` (1) to `max` characters, which shows all that it holds (see `isCleanText`), and holds no secret of Rescind's
 * own format: names and the like are stored, listed and logged (R8).
 */
export function IsText(options: TextOptions): PropertyDecorator {
  const { min = 1, nullable = false, example, max } = options;
  return applyDecorators(
    ApiProperty({
      type: String,
      ...(nullable ? { nullable } : {}),
      minLength: min,
      maxLength: max,
      ...(example === undefined ? {} : { example }),
    }),
    (target: object, property: string | symbol) =>
      registerDecorator({
        name: 'isText',
        target: target.constructor,
        propertyName: property as string,
        validator: {
          validate: (value: unknown) => (nullable && value === null) || problemOf(value, options) === null,
          defaultMessage: (args?: ValidationArguments) =>
            problemOf(args?.value, options) ?? 'Input is not valid',
        },
      }),
  );
}

/** Any text of up to `max` characters, for what is judged or looked up, and not kept. */
export const IsAnyText = (max: number, shown: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, maxLength: max, ...shown }),
    IsString({ message: 'Input should be a valid string' }),
    MaxLength(max, { message: `String should have at most ${max} characters` }),
  );

function problemOf(
  value: unknown,
  { min = 1, max, multiline = false, secretsAreLeftOut = false }: TextOptions,
): string | null {
  if (value === undefined) return 'Field required';
  if (typeof value !== 'string') return 'Input should be a valid string';
  // No character has more than two units; a text that is surely too long is not worth counting.
  const length = value.length > 2 * max ? value.length : [...value].length;
  if (length < min || value.trim().length < Math.min(min, 1))
    return `String should have at least ${min} character${min === 1 ? '' : 's'}`;
  if (length > max) return `String should have at most ${max} characters`;
  if (!isCleanText(value, multiline)) return 'String should have no control or invisible characters';
  if (!secretsAreLeftOut && ownSecretsIn(value).next().done !== true)
    return 'String should have no secret of a token';
  return null;
}
