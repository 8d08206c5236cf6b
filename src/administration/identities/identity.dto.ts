import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, ValidateIf } from 'class-validator';
import { PageDto } from '../../common/page.dto.js';
import { IsText } from '../../common/text.decorator.js';
import type { Identity, IdentityStatus } from '../../directory/identities/identity.entity.js';
import { IDENTITY_ROLES, type Role } from '../../directory/members/role.js';
import { IsReason } from '../../token-rows/dto/reason.decorator.js';

export class CreateIdentityDto {
  @IsText({ max: 255, example: 'ci' })
  name!: string;

  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'deploys the shop' })
  description?: string | null;

  /** What it may do in its business. */
  @ApiPropertyOptional({ enum: IDENTITY_ROLES, default: 'developer' })
  @ValidateIf((_, value) => value !== undefined)
  @IsIn(IDENTITY_ROLES, { message: `Input should be one of ${IDENTITY_ROLES.join(', ')}` })
  role: Role = 'developer';
}

export class ChangeIdentityDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'ci' })
  name?: string;

  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'deploys the shop' })
  description?: string | null;

  @ApiPropertyOptional({ enum: IDENTITY_ROLES })
  @ValidateIf((_, value) => value !== undefined)
  @IsIn(IDENTITY_ROLES, { message: `Input should be one of ${IDENTITY_ROLES.join(', ')}` })
  role?: Role;
}

export class DisableIdentityDto {
  /** Why; becomes the reason for which its tokens are revoked. */
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'left the company' })
  reason?: string | null;
}

export class IdentityDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'ci' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'deploys the shop' })
  description!: string | null;

  @ApiProperty({ enum: IDENTITY_ROLES })
  role!: Role;

  @ApiProperty({ enum: ['active', 'disabled'] })
  status!: IdentityStatus;

  @ApiProperty({ format: 'uuid' })
  business_id!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  static from(identity: Identity): IdentityDto {
    return {
      id: identity.id,
      name: identity.name,
      description: identity.description,
      role: identity.role,
      status: identity.status,
      business_id: identity.businessId,
      created_at: identity.createdAt.toISOString(),
      updated_at: identity.updatedAt.toISOString(),
    };
  }
}

export class DisabledIdentityDto extends IdentityDto {
  /** Tokens that were revoked with it. */
  @ApiProperty({ type: 'integer' })
  tokens_revoked!: number;
}

export class IdentityPageDto extends PageDto {
  items!: IdentityDto[];
}
