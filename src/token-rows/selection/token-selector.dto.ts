import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsOptional, IsUUID, Matches, ValidateBy } from 'class-validator';
import { IsQueryInteger } from '../../common/integer.decorator.js';
import { IsMoment } from '../../common/moment.decorator.js';
import { IsOneOf, ToBoolean } from '../../common/page-query.dto.js';
import { IsText } from '../../common/text.decorator.js';
import { holdsSecret } from '../../secrets/secret-in-text.js';
import { ADDRESS_RANGE_PATTERN, parseAddressRange } from '../../verification/trusted-ips.js';
import { HoldsNoSecret } from '../dto/derived-members.js';
import type { TokenStatus } from '../token-lifetime.js';
import type { Dialect } from '../token.entity.js';

const DIALECTS = ['native', 'opentrain', 'infisical', 'vcita'] as const satisfies Dialect[];
const STATUSES = ['active', 'expired', 'revoked'] as const satisfies TokenStatus[];
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const SCOPES_MAX = 100;
const METADATA_MAX = 10;

const AreScopes = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'array',
      items: { type: 'string', pattern: SCOPE.source },
      maxItems: SCOPES_MAX,
    }),
    IsOptional(),
    ToList(),
    IsArray({ message: 'Input should be a valid list' }),
    ArrayMaxSize(SCOPES_MAX, { message: `List should have at most ${SCOPES_MAX} items` }),
    Matches(SCOPE, { each: true, message: 'Input should be scopes' }),
  );

/** In a query, a parameter that is given once is not an array yet. */
function ToList(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value));
}

const IsId = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String, format: 'uuid' }),
    IsOptional(),
    IsUUID('all', { message: 'Input should be a valid UUID' }),
  );

/**
 * Selects tokens: a token must match all filters that are given. The filters are the same wherever tokens are selected,
 * in a query and in a body. selector.sql.ts defines them in SQL.
 */
export class TokenSelectorDto {
  /** The tokens of this member, or `*` for all of the business (owners, admins, auditors and the platform only). */
  @IsOptional()
  @IsText({ max: 320 })
  owner_email?: string;

  /** The tokens of this machine identity. */
  @IsId()
  identity_id?: string;

  /** Tokens with all of these scopes, by name. */
  @AreScopes()
  scopes_has?: string[];

  /** Tokens with none but these scopes. */
  @AreScopes()
  scopes_only?: string[];

  /** Contained in the name, in any case. */
  @IsOptional()
  @IsText({ max: 255 })
  @HoldsNoSecret()
  name?: string;

  /** Contained in the preview (`token_prefix`), or the whole preview. */
  @IsOptional()
  @IsText({ max: 40 })
  preview?: string;

  /** The prefix of the secret, before its first `_`. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(/^([a-z][a-z0-9]{1,11}|ot_pat)$/, { message: 'Input should be a prefix of secrets' })
  prefix?: string;

  /** The dialect in which it was issued. */
  @IsOneOf(DIALECTS)
  dialect?: Dialect;

  /** The status, as shown in the tokens. */
  @IsOneOf(STATUSES)
  status?: TokenStatus;

  /** Issued before this moment. */
  @IsMoment()
  created_before?: string;

  /** Issued at this moment or later. */
  @IsMoment()
  created_after?: string;

  /** With an expiry before this moment. */
  @IsMoment()
  expires_before?: string;

  /** With an expiry at this moment or later. */
  @IsMoment()
  expires_after?: string;

  /** Last used before this moment; tokens that were never used do not match. */
  @IsMoment()
  last_used_before?: string;

  /** Last used at this moment or later. */
  @IsMoment()
  last_used_after?: string;

  /** Used from this address or CIDR range, as far as recorded: the last 16 addresses of each token (see usage). */
  @ApiPropertyOptional({ type: String, pattern: ADDRESS_RANGE_PATTERN })
  @IsOptional()
  @ValidateBy({
    name: 'isAddressRange',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parseAddressRange(value) !== null,
      defaultMessage: () => 'Input should be an IP address or a CIDR range',
    },
  })
  last_used_from?: string;

  /** Without an expiry; false: with one. */
  @ApiPropertyOptional({ type: Boolean })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  never_expires?: boolean;

  /** Not used for so many days, counted from the last use, or from the issue if it was never used. */
  @IsQueryInteger({ min: 1, max: 3650 })
  unused_days?: number;

  /** With this external id. */
  @IsOptional()
  @IsText({ max: 255 })
  @HoldsNoSecret()
  external_id?: string;

  /**
   * With these values in their metadata, each as `name:value`, up to ten; in a body also as an object. A value is a text of up to 255 characters, a number
   * or a boolean.
   */
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', pattern: '^[^:]{1,64}:[\\s\\S]{0,255}$', example: 'plan:pro' },
    minItems: 1,
    maxItems: METADATA_MAX,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => pairsOf(value))
  @ValidateBy({
    name: 'isMetadataSelector',
    validator: {
      validate: isPairs,
      defaultMessage: () => `Input should be up to ${METADATA_MAX} of the form name:value`,
    },
  })
  metadata?: [name: string, value: string][];

  /** Stored under this pepper. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,8}$/, { message: 'Input should be the id of a pepper' })
  pepper_id?: string;

  /** Issued or rotated with this token. */
  @IsId()
  issued_by_token?: string;
}

/** Accepts `name:value`, a list of these, or an object; anything else is not changed and fails validation. */
function pairsOf(value: unknown): unknown {
  if (typeof value === 'string') return pairsOf([value]);
  if (Array.isArray(value))
    return value.every((each) => typeof each === 'string' && each.includes(':'))
      ? (value as string[]).map((each) => [
          each.slice(0, each.indexOf(':')),
          each.slice(each.indexOf(':') + 1),
        ])
      : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([name, each]: [string, unknown]) => [
    name,
    typeof each === 'number' || typeof each === 'boolean' ? String(each) : each,
  ]);
}

function isPairs(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= METADATA_MAX &&
    value.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && isTextOf(pair[0], 1, 64) && isTextOf(pair[1], 0, 255),
    )
  );
}

function isTextOf(value: unknown, min: number, max: number): boolean {
  return (
    typeof value === 'string' &&
    value.length >= min &&
    value.length <= max &&
    value.isWellFormed() &&
    !value.includes('\0') &&
    !holdsSecret(value)
  );
}
