import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import type { PageDirection } from './page.js';

/** `true` and `false` as words; anything else stays as it is and fails validation. */
export const BooleanWord = () =>
  Transform(({ value }: { value: unknown }) =>
    value === 'true' || value === true ? true : value === 'false' || value === false ? false : value,
  );

/** Decimal digits as a number; anything else stays as it is and fails validation. */
export const IntegerWord = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value,
  );

/** What every paged list takes. */
export class PageQueryDto {
  /** Items on a page. */
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50 })
  @IsOptional()
  @IntegerWord()
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(1, { message: 'Input should be greater than or equal to 1' })
  @Max(1000, { message: 'Input should be less than or equal to 1000' })
  limit: number = 50;

  /** `next_cursor` or `prev_cursor` of an earlier page of the same list, made under the same sort. */
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
