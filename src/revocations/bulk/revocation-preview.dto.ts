import { ApiProperty } from '@nestjs/swagger';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';
import type { RevocationPreview } from './revocation-previews.service.js';
import { shownSelector } from './revocation-terms.js';
import { LAST_USES, type LastUse, type OwnerCount } from './surveys.repository.js';

class TokensOfOwnerDto {
  @ApiProperty({ enum: ['user', 'identity', 'platform'] })
  kind!: OwnerCount['kind'];

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  /** E-mail of a member, name of an identity. */
  @ApiProperty({ example: 'ada@example.com' })
  name!: string;

  @ApiProperty({ type: 'integer' })
  tokens!: number;
}

class TokensOfScopeDto {
  @ApiProperty({ example: 'orders:read' })
  scope!: string;

  @ApiProperty({ type: 'integer' })
  tokens!: number;
}

class TokensOfBusinessDto {
  /** null: the platform's own. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  @ApiProperty({ type: 'integer' })
  tokens!: number;
}

/** Each token is counted once, under the shortest time that it was used in. */
class TokensByLastUseDto implements Record<LastUse, number> {
  @ApiProperty({ type: 'integer' })
  hour!: number;

  @ApiProperty({ type: 'integer' })
  day!: number;

  @ApiProperty({ type: 'integer' })
  week!: number;

  @ApiProperty({ type: 'integer' })
  earlier!: number;

  @ApiProperty({ type: 'integer' })
  never!: number;
}

class UntouchableTokensDto {
  @ApiProperty({ type: 'integer' })
  tokens!: number;

  /** They belong to owners of the business, and the caller is an admin. */
  @ApiProperty({ enum: ['higher_role'] })
  reason!: 'higher_role';

  /** Whose they are, most first, twenty at most. */
  @ApiProperty({ type: [TokensOfOwnerDto] })
  by_owner!: TokensOfOwnerDto[];
}

/** What a revocation would do. */
export class RevocationPreviewDto {
  @ApiProperty({ enum: [true] })
  preview!: true;

  /** Revokes what is shown here: within ten minutes, once, by the calling token. */
  @ApiProperty({ format: 'uuid' })
  plan!: string;

  @ApiProperty({ format: 'date-time' })
  plan_expires_at!: string;

  /** As it is understood. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { owner: 'ada@example.com' } })
  selector!: Record<string, unknown>;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  issued_before!: string | null;

  /** How many would be revoked. */
  @ApiProperty({ type: 'integer' })
  tokens!: number;

  /** How many owners those have. */
  @ApiProperty({ type: 'integer' })
  owners!: number;

  /** Most first, twenty at most. */
  @ApiProperty({ type: [TokensOfOwnerDto] })
  by_owner!: TokensOfOwnerDto[];

  /** Most first, twenty at most. A token counts under each of its scopes. */
  @ApiProperty({ type: [TokensOfScopeDto] })
  by_scope!: TokensOfScopeDto[];

  @ApiProperty({ type: TokensByLastUseDto })
  by_last_use!: TokensByLastUseDto;

  /**
   * Requests of the last 24 hours, by whole hours, that would have been refused: verdicts "active", as usage has recorded them. null: it records
   * nothing, or more than 50,000 of the tokens were used.
   */
  @ApiProperty({ type: 'integer', nullable: true })
  active_verdicts_last_day!: number | null;

  /** Most first, twenty at most. */
  @ApiProperty({ type: [TokensOfBusinessDto] })
  by_business!: TokensOfBusinessDto[];

  /** Ten at most, of different owners, scopes and times of last use. */
  @ApiProperty({ type: [TokenInfoDto] })
  sample!: TokenInfoDto[];

  /** What the selector means as well, and the caller may not revoke this way; null: there is nothing. */
  @ApiProperty({ type: UntouchableTokensDto, nullable: true })
  untouchable!: UntouchableTokensDto | null;

  /** Whether a second person has to approve it. */
  @ApiProperty()
  needs_approval!: boolean;

  /**
   * What the caller has revoked alone within 24 hours by selectors; it counts towards what one person may revoke. null: one person may
   * revoke any number.
   */
  @ApiProperty({ type: 'integer', nullable: true })
  revoked_alone_last_day!: number | null;

  /** Whether the calling token is among them. */
  @ApiProperty()
  ends_caller!: boolean;

  static from(preview: RevocationPreview, nowMs: number): RevocationPreviewDto {
    const { terms, survey } = preview;
    const counts = LAST_USES.map((name) => [name, survey.lastUse?.[name] ?? 0]);
    return {
      preview: true,
      plan: preview.plan,
      plan_expires_at: preview.planExpiresAt.toISOString(),
      selector: shownSelector(terms),
      issued_before: terms.kind === 'cut_off' ? terms.issuedBefore : null,
      tokens: survey.tokens,
      owners: survey.ownerCount,
      by_owner: survey.owners ?? [],
      by_scope: survey.scopes ?? [],
      by_last_use: Object.fromEntries(counts) as Record<LastUse, number>,
      active_verdicts_last_day: preview.verdictsOfLastDay,
      by_business: survey.businesses ?? [],
      sample: preview.sample.map((token) => TokenInfoDto.from(token, nowMs)),
      untouchable:
        survey.untouchable === 0
          ? null
          : { tokens: survey.untouchable, reason: 'higher_role', by_owner: survey.untouchableOwners ?? [] },
      needs_approval: preview.needsApproval,
      revoked_alone_last_day: preview.allowance?.revokedAlone ?? null,
      ends_caller: preview.endsCaller,
    };
  }
}
