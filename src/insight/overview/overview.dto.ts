import { ApiProperty } from '@nestjs/swagger';
import { UsageDto } from '../usage/usage.dto.js';

export class BoundedCountDto {
  @ApiProperty({ type: 'integer', example: 1204 })
  count!: number;

  /**
   * True: there may be more, because not all were looked at. Never with up to 10,000 tokens.
   */
  @ApiProperty({ example: false })
  exceeded!: boolean;
}

/** Active tokens by when they expire: those of a shorter time are among those of a longer one. */
class ExpiringTokensDto {
  within_1_day!: BoundedCountDto;

  within_7_days!: BoundedCountDto;

  within_30_days!: BoundedCountDto;
}

/** What `status=active` selects in the list of tokens. */
class ActiveTokensDto {
  active!: BoundedCountDto;

  /** Active ones that nobody has used yet. */
  never_used!: BoundedCountDto;

  /** Active ones without an expiry. */
  never_expiring!: BoundedCountDto;

  expiring!: ExpiringTokensDto;
}

class TokensOfDayDto {
  /** In UTC. */
  @ApiProperty({ format: 'date', example: '2026-11-22' })
  day!: string;

  @ApiProperty({ type: 'integer', example: 37 })
  count!: number;
}

export class TokenActivityDto {
  last_24_hours!: BoundedCountDto;

  /**
   * Today and the 29 days before, oldest first. If there were more than 10,000, only the days that these cover from beginning to
   * end: the latest, or none.
   */
  @ApiProperty({ type: [TokensOfDayDto] })
  days!: TokensOfDayDto[];
}

export class VerifierCountsDto {
  /** Verifiers that every revocation waits for. */
  @ApiProperty({ type: 'integer', example: 3 })
  registered!: number;

  /** Of these, how many have renewed their lease in time: the others are refusing tokens without a database, have stopped or hang. */
  @ApiProperty({ type: 'integer', example: 3 })
  renewed!: number;

  /** Client verifiers of these, as each had last reported. */
  @ApiProperty({ type: 'integer', example: 12 })
  client_verifiers!: number;
}

export class OverviewDto {
  /** When the tokens were counted: at most some seconds before the answer. */
  @ApiProperty({ format: 'date-time', example: '2026-11-22T08:12:00.000Z' })
  counted_at!: string;

  /** Whose tokens: `all` of the business, or of all businesses and the platform; or the caller's `own`, who may read no others. */
  @ApiProperty({ enum: ['all', 'own'] })
  of!: 'all' | 'own';

  tokens!: ActiveTokensDto;

  /** Tokens by when they were issued, whatever has become of them. */
  issued!: TokenActivityDto;

  /** Tokens by when they were revoked; of a cut-off, by when each was marked. */
  revoked!: TokenActivityDto;

  /** The last 48 hours; null: for whoever may not read the log of the business. */
  @ApiProperty({ type: UsageDto, nullable: true })
  verdicts!: UsageDto | null;

  verifiers!: VerifierCountsDto;
}
