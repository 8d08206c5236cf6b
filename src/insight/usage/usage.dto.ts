import { ApiProperty } from '@nestjs/swagger';
import { USAGE_RECORDING, type UsageRecording } from '../../config/usage.config.js';
import type { AskedScope } from './usage-reads.repository.js';
import type { UsageCounts } from '../../verification/usage/usage-tally.js';
import { IsMoment } from '../../common/moment.decorator.js';

/** The longest period that one answer covers: 31 days. */
export const HOURS_MAX = 744;

export class UsageQueryDto {
  /** From the hour of this moment on; default: 24 hours before `until`. */
  @IsMoment()
  since?: string;

  /** Until this moment, at most 744 hours after `since`; default: now. */
  @IsMoment()
  until?: string;
}

/** Verdicts by their outcome. Unknown secrets belong to no token and are not counted here: see the metrics. */
export class UsageCountsDto implements UsageCounts {
  @ApiProperty({ type: 'integer', example: 1204 })
  active!: number;

  @ApiProperty({ type: 'integer', example: 17 })
  revoked!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  expired!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  suspended!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  exhausted!: number;

  @ApiProperty({ type: 'integer', example: 2 })
  insufficient_scope!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  ip_not_allowed!: number;
}

class UsageHourDto {
  /** The beginning of the hour. */
  @ApiProperty({ format: 'date-time', example: '2026-11-22T08:00:00.000Z' })
  hour!: string;

  verdicts!: UsageCountsDto;
}

export class UsageDto {
  /** Whether usage is recorded: with addresses and user agents, without them, or not at all (RESCIND_USAGE). */
  @ApiProperty({ enum: USAGE_RECORDING })
  recording!: UsageRecording;

  @ApiProperty({ format: 'date-time', example: '2026-11-21T08:00:00.000Z' })
  since!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-22T08:12:00.000Z' })
  until!: string;

  /** The sum of all hours. */
  verdicts!: UsageCountsDto;

  /** The hours with a verdict, oldest first. */
  hours!: UsageHourDto[];
}

/** Both times to the minute. */
class SeenDto {
  /** The first use since it entered this list. */
  @ApiProperty({ format: 'date-time', example: '2026-11-20T17:20:11.000Z' })
  first_seen_at!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-22T08:11:58.000Z' })
  last_seen_at!: string;
}

class SeenAddressDto extends SeenDto {
  @ApiProperty({ example: '203.0.113.7' })
  address!: string;
}

class SeenUserAgentDto extends SeenDto {
  @ApiProperty({ example: 'curl/8.14.1' })
  user_agent!: string;
}

/** Both times to the hour. */
export class AskedScopeDto {
  @ApiProperty({ example: 'orders:read' })
  scope!: string;

  @ApiProperty({ format: 'date-time', example: '2026-06-02T10:01:44.000Z' })
  first_asked_at!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-22T08:00:02.000Z' })
  last_asked_at!: string;

  static from({ scope, firstAskedAt, lastAskedAt }: AskedScope): AskedScopeDto {
    return { scope, first_asked_at: firstAskedAt.toISOString(), last_asked_at: lastAskedAt.toISOString() };
  }
}

export class TokenUsageDto extends UsageDto {
  /** The last 16 addresses that used it, latest first, whatever period is asked for. */
  addresses!: SeenAddressDto[];

  /** The last 16 user agents that used it, latest first. A user agent is a claim and proves nothing. */
  user_agents!: SeenUserAgentDto[];

  /** The scopes that good verdicts on it asked for, the last asked for first. Of a platform token: none is recorded. */
  asked_scopes!: AskedScopeDto[];

  /**
   * When it was last good where nobody said which scopes that took (a verification without `scopes`, introspection, an older
   * client verifier), since the first of `asked_scopes`; null: never. To the hour.
   */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  scopes_unsaid_at!: string | null;
}
