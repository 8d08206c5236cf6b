import { ApiProperty } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { registerDecorator, type ValidationArguments } from 'class-validator';
import { isCleanText } from './clean-text.js';

export interface TextOptions {
  min?: number;
  max: number;
  /** Line breaks and tabs may stand in it. */
  multiline?: boolean;
  nullable?: boolean;
  example?: string;
}

/** A text of `min` (1) to `max` characters, which shows all that it holds (see `isCleanText`). */
export function IsText(options: TextOptions): PropertyDecorator {
  const { min = 1, max, multiline = false, nullable = false, example } = options;
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
          validate: (value: unknown) =>
            (nullable && value === null) || problemOf(value, min, max, multiline) === null,
          defaultMessage: (args?: ValidationArguments) =>
            problemOf(args?.value, min, max, multiline) ?? 'Input is not valid',
        },
      }),
  );
}

function problemOf(value: unknown, min: number, max: number, multiline: boolean): string | null {
  if (value === undefined) return 'Field required';
  if (typeof value !== 'string') return 'Input should be a valid string';
  // No character has more than two units; a text that is surely too long is not worth counting.
  const length = value.length > 2 * max ? value.length : [...value].length;
  if (length < min || value.trim().length < Math.min(min, 1))
    return `String should have at least ${min} character${min === 1 ? '' : 's'}`;
  if (length > max) return `String should have at most ${max} characters`;
  if (!isCleanText(value, multiline)) return 'String should have no control or invisible characters';
  return null;
}
