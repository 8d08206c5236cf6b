import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

interface IntegerOptions {
  min: number;
  max: number;
  default?: number;
  nullable?: boolean;
  required?: boolean;
}

/** Converts decimal digits to a number; anything else is not changed and fails validation. */
export const ToInteger = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value,
  );

/** A whole number from `min` to `max`; what is `nullable` or may be left out says so itself. */
export function IsInteger({ min, max, ...shown }: IntegerOptions): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'integer', minimum: min, maximum: max, ...shown }),
    IsInt({ message: 'Input should be a valid integer' }),
    Min(min, { message: `Input should be greater than or equal to ${min}` }),
    Max(max, { message: `Input should be less than or equal to ${max}` }),
  );
}

/** The same of a query, where it may be left out. */
export const IsQueryInteger = (options: IntegerOptions): PropertyDecorator =>
  applyDecorators(IsOptional(), ToInteger(), IsInteger({ ...options, required: false }));
