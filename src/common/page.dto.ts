import { ApiProperty } from '@nestjs/swagger';

/** What every paged list answers besides its items. */
export abstract class PageDto {
  /** How many there are in total; only if requested. */
  @ApiProperty({ type: 'integer', nullable: true })
  total!: number | null;

  @ApiProperty({ type: 'integer' })
  limit!: number;

  @ApiProperty({ type: String, nullable: true, example: 'WyJjcmVhdGVkX2F0IGRlc2MiXQ' })
  next_cursor!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  prev_cursor!: string | null;

  has_next!: boolean;
  has_prev!: boolean;
}
