import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { IsQueryInteger } from './integer.decorator.js';
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

/** One of `values`, where given at all. */
export const IsOneOf = (values: readonly string[]): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ enum: values }),
    IsOptional(),
    IsIn(values, { message: `Input should be one of ${values.join(', ')}` }),
  );

/** The parameters of every paged list. */
export class PageQueryDto {
  /** Items on a page. */
  @IsQueryInteger({ min: 1, max: 1000, default: 50 })
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
