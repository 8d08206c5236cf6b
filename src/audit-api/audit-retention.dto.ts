import { ApiProperty } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { IsInteger } from '../common/integer.decorator.js';
import type { RetentionState } from '../audit/retention/retention.repository.js';

export class SetRetentionDto {
  /**
   * Whole months that events are kept, not counting the present one; null: for ever. Not less than the platform's
   * minimum.
   */
  @ApiProperty({ example: 24 })
  @ValidateIf((_, value) => value !== null)
  @IsInteger({ min: 1, max: 1200, nullable: true })
  months!: number | null;
}

export class RetentionDto {
  /** Whole months that events are kept, not counting the present one; null: for ever. */
  @ApiProperty({ type: 'integer', nullable: true, example: 24 })
  months!: number | null;

  /** When `months` takes effect; null: it is in effect. To cancel it before that, set `months_until_then` again. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  effective_at!: string | null;

  /** What applies until `effective_at`; null: everything is kept, or `months` is in effect. */
  @ApiProperty({ type: 'integer', nullable: true })
  months_until_then!: number | null;

  /** The platform's minimum. If `months` is less, this applies. */
  @ApiProperty({ type: 'integer', example: 12 })
  minimum_months!: number;

  /** The same for `token.*` and `integrity.*`. All events after such an event are kept with it. */
  @ApiProperty({ type: 'integer', example: 12 })
  minimum_months_of_tokens!: number;

  /** Events before this moment are dropped, except those after an event that is kept; null: none are. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_before!: string | null;

  /** The last sequence that was dropped; 0: none. */
  @ApiProperty({ type: 'integer' })
  dropped_through_sequence!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  dropped_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  updated_at!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  updated_by!: string | null;

  static from(state: RetentionState): RetentionDto {
    return {
      months: state.months,
      effective_at: state.effectiveAt?.toISOString() ?? null,
      months_until_then: state.monthsUntilThen,
      minimum_months: state.monthsMin,
      minimum_months_of_tokens: state.securityMonthsMin,
      expires_before: state.expiresBefore?.toISOString() ?? null,
      dropped_through_sequence: state.droppedThrough,
      dropped_at: state.droppedAt?.toISOString() ?? null,
      updated_at: state.updatedAt?.toISOString() ?? null,
      updated_by: state.updatedBy,
    };
  }
}
