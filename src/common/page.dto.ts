import { ApiProperty } from '@nestjs/swagger';

/** What every paged list answers besides its items. */
export abstract class PageDto {
  /** How many match on all pages, 10,000 at most; only if requested. */
  @ApiProperty({ type: 'integer', nullable: true })
  total!: number | null;

  /** True: counting ended at `total`, and there are more, or may be. */
  total_exceeded!: boolean;

  @ApiProperty({ type: 'integer' })
  limit!: number;

  @ApiProperty({ type: String, nullable: true, example: 'WyJjcmVhdGVkX2F0IGRlc2MiXQ' })
  next_cursor!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  prev_cursor!: string | null;

  has_next!: boolean;
  has_prev!: boolean;
}
