import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIP, IsOptional, IsString, MaxLength } from 'class-validator';
import type { InactiveReason } from '../verdict.js';

export class VerifyTokenDto {
  /** The secret to be judged. */
  @ApiProperty({ example: 'dz_<public id>_<random>_<checksum>', maxLength: 512 })
  @IsString({ message: 'Input should be a valid string' })
  @MaxLength(512, { message: 'String should have at most 512 characters' })
  token!: string;

  /** Scopes that it must have, all of them. */
  @ApiPropertyOptional({ type: [String], nullable: true, example: ['jobs:read'] })
  @IsOptional()
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMaxSize(100, { message: 'List should have at most 100 items' })
  @IsString({ each: true, message: 'Input should be a valid string' })
  @MaxLength(128, { each: true, message: 'String should have at most 128 characters' })
  scopes?: string[] | null;

  /** Address that the secret was presented from; needed for tokens that are bound to addresses. */
  @ApiPropertyOptional({ type: String, nullable: true, example: '203.0.113.7' })
  @IsOptional()
  @IsIP(undefined, { message: 'Input should be a valid IP address' })
  ip?: string | null;
}

export class VerifiedOwnerDto {
  @ApiProperty({ enum: ['user', 'identity', 'platform'] })
  kind!: 'user' | 'identity' | 'platform';

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  @ApiProperty({ example: 'Ada Park' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  email!: string | null;

  /** null for the platform. */
  @ApiProperty({ type: String, enum: ['owner', 'admin', 'developer', 'auditor', null], nullable: true })
  role!: string | null;
}

export class ActiveVerdictDto {
  @ApiProperty({ enum: [true] })
  active!: true;

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: '4bX0Qm2vTqLw8ZkR1nYc7D' })
  jti!: string;

  @ApiProperty({ format: 'uuid' })
  business_id!: string;

  owner!: VerifiedOwnerDto;

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

  @ApiProperty({
    enum: [
      'revoked',
      'expired',
      'suspended',
      'exhausted',
      'unknown',
      'malformed',
      'insufficient_scope',
      'ip_not_allowed',
    ],
  })
  reason!: InactiveReason;
}
