import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import type { PageDirection } from './page.js';

/** The words that pydantic, with which DayZero parses its queries, accepts as a boolean, in any case. */
const BOOLEANS = new Map<unknown, boolean>([
  ...['true', '1', 'yes', 'on', 't', 'y'].map((word): [string, boolean] => [word, true]),
  ...['false', '0', 'no', 'off', 'f', 'n'].map((word): [string, boolean] => [word, false]),
]);

/** Converts a word for true or false; anything else is not changed and fails validation. */
export const ToBoolean = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? (BOOLEANS.get(value.toLowerCase()) ?? value) : value,
  );

/** Converts decimal digits to a number; anything else is not changed and fails validation. */
export const ToInteger = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value,
  );

/** The parameters of every paged list. */
export class PageQueryDto {
  /** Items on a page. */
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50 })
  @IsOptional()
  @ToInteger()
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(1, { message: 'Input should be greater than or equal to 1' })
  @Max(1000, { message: 'Input should be less than or equal to 1000' })
  limit: number = 50;

  /** `next_cursor` or `prev_cursor` of an earlier page of the same list, with the same sort order. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  cursor?: string;

  /** Which way to read from the cursor. */
  @ApiPropertyOptional({ enum: ['next', 'prev'], default: 'next' })
  @IsOptional()
  @IsIn(['next', 'prev'], { message: "Input should be 'next' or 'prev'" })
  direction: PageDirection = 'next';
}
