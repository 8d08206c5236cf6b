import { ApiProperty } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { registerDecorator, type ValidationArguments } from 'class-validator';

export interface TextOptions {
  min?: number;
  max: number;
  /** Line breaks and tabs may stand in it. */
  multiline?: boolean;
  nullable?: boolean;
  example?: string;
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const CONTROL_BUT_BREAKS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** A text of `min` (1) to `max` characters without control characters or broken Unicode. */
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
  const length = [...value].length;
  if (length < min || value.trim().length < Math.min(min, 1))
    return `String should have at least ${min} character${min === 1 ? '' : 's'}`;
  if (length > max) return `String should have at most ${max} characters`;
  if (!value.isWellFormed() || (multiline ? CONTROL_BUT_BREAKS : CONTROL).test(value))
    return 'String should have no control characters';
  return null;
}
