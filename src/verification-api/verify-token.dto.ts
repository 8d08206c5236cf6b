import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIP,
  IsObject,
  IsOptional,
  ValidateNested,
} from 'class-validator';
import { IsAnyText } from '../common/text.decorator.js';
import { membersFor } from '../token-rows/dto/derived-members.js';
import { INACTIVE_REASONS, type InactiveReason } from '../verification/verdict.js';
import { IDENTITY_ROLES } from '../directory/members/role.js';
import { IsScopeList } from '../verification/scope-list.decorator.js';
import { ADDRESS_PATTERN } from '../verification/trusted-ips.js';

export class VerifyTokenDto {
  /** The secret to verify. */
  @IsAnyText(512, { example: 'dz_<public id>_<random>_<checksum>' })
  token!: string;

  /** Scopes that it must have, all of them. */
  @IsScopeList()
  scopes?: string[] | null;

  /** Address that presented the secret; needed for tokens that are bound to addresses. */
  @ApiPropertyOptional({ type: String, nullable: true, pattern: ADDRESS_PATTERN })
  @IsOptional()
  @IsIP(undefined, { message: 'Input should be a valid IP address' })
  ip?: string | null;

  /**
   * User agent that presented it (`User-Agent` of the request); the first 256 characters are kept with the usage of the
   * token.
   */
  @IsOptional()
  @IsAnyText(1024, { nullable: true })
  user_agent?: string | null;
}

/** A person, a machine identity, or the platform. */
export abstract class OwnerDto {
  @ApiProperty({ enum: ['user', 'identity', 'platform'] })
  kind!: 'user' | 'identity' | 'platform';

  /** null: the platform. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  @ApiProperty({ example: 'Ada Park' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  email!: string | null;
}

class VerifiedOwnerDto extends OwnerDto {
  /** null for the platform. */
  @ApiProperty({ type: String, enum: [...IDENTITY_ROLES, null], nullable: true })
  role!: string | null;
}

export class ActiveVerdictDto extends membersFor('verdict', {
  '': ['active', 'id', 'jti', 'business_id', 'name'],
}) {
  @ApiProperty({ enum: [true] })
  active!: true;

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: '4bX0Qm2vTqLw8ZkR1nYc7D' })
  jti!: string;

  @ApiProperty({ format: 'uuid' })
  business_id!: string;

  owner!: VerifiedOwnerDto;

  /** For people: not among what is proven with the row of the token. */
  @ApiProperty({ type: String, nullable: true, example: 'deploy pipeline' })
  name!: string | null;

  /** What it can do: its scopes, as far as its owner's role allows them. */
  @ApiProperty({ type: [String], example: ['jobs:read'] })
  scopes!: string[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_at!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class InactiveVerdictDto {
  @ApiProperty({ enum: [false] })
  active!: false;

  @ApiProperty({ enum: INACTIVE_REASONS })
  reason!: InactiveReason;
}

const BATCH_SIZE_MAX = 100;

export class VerifyBatchDto {
  /** The secrets to verify, each as by the operation for one. */
  @ApiProperty({
    type: [VerifyTokenDto],
    minItems: 1,
    maxItems: BATCH_SIZE_MAX,
    example: [{ token: 'dz_<public id>_<random>_<checksum>' }],
  })
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMinSize(1, { message: 'List should have at least 1 item' })
  @ArrayMaxSize(BATCH_SIZE_MAX, { message: `List should have at most ${BATCH_SIZE_MAX} items` })
  @IsObject({ each: true, message: 'Input should be an object' })
  @ValidateNested({ each: true, message: 'Input should be an object' })
  @Type(() => VerifyTokenDto)
  items!: VerifyTokenDto[];
}

@ApiExtraModels(ActiveVerdictDto, InactiveVerdictDto)
export class VerdictBatchDto {
  /** The verdicts, in the order of the secrets. */
  @ApiProperty({
    type: 'array',
    items: {
      oneOf: [{ $ref: getSchemaPath(ActiveVerdictDto) }, { $ref: getSchemaPath(InactiveVerdictDto) }],
    },
  })
  items!: (ActiveVerdictDto | InactiveVerdictDto)[];
}
