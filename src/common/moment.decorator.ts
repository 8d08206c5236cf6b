import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import { beginsWithDay, isWithinYears } from './instant.js';

/** RFC 3339, or a UTC day. */
const MOMENT =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/;

/** An optional date, of which the first moment in UTC is meant, or a date-time of RFC 3339. */
export function IsMoment(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      anyOf: [
        { type: 'string', format: 'date-time' },
        { type: 'string', format: 'date' },
      ],
    }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) => withPlus(value)),
    ValidateBy({
      name: 'isMoment',
      validator: {
        validate: isMoment,
        defaultMessage: () => 'Input should be a date or an RFC 3339 date-time',
      },
    }),
  );
}

/** In a query a `+` that is not encoded arrives as a space: in a time nothing else can have been meant. */
function withPlus(value: unknown): unknown {
  return typeof value === 'string'
    ? value.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+) (\d\d:\d\d)$/, '$1+$2')
    : value;
}

/** Whether it is a date or a date-time of RFC 3339 that PostgreSQL knows: no 30th of February, no year 0, and none of five digits. */
export function isMoment(value: unknown): value is string {
  return typeof value === 'string' && MOMENT.test(value) && beginsWithDay(value) && isWithinYears(value);
}
