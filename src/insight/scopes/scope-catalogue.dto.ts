import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';

class ManagementScopeDto {
  @ApiProperty({ example: 'rescind:tokens:read' })
  scope!: string;

  /** What it allows, within what the role of its holder allows. */
  @ApiProperty({ example: 'Read tokens and their usage' })
  description!: string;

  /** Whether you can give it to a token of your own. */
  grantable!: boolean;
}

class ProductScopeDto {
  @ApiProperty({ example: 'orders:read' })
  scope!: string;

  /** Whether a token that you may read carries it, of the newest 2,000 that are neither revoked nor expired. */
  in_use!: boolean;

  /** Whether you can give it to a token of your own. */
  grantable!: boolean;
}

export class ScopeCatalogueDto {
  /** Those that manage Rescind itself, except the one of the platform, which no token of a business has. */
  management!: ManagementScopeDto[];

  /** Those of your product that are known: configured, your own, in use, or set for developers. Sorted. */
  product!: ProductScopeDto[];

  /** What developers may give who have signed in without a token; `x:write` includes `x:read`. */
  @ApiProperty({ type: [String], example: ['orders:read'] })
  developer_scopes!: string[];

  /** Whether other scopes of your product can be given as well; false: those that exist are configured. */
  others_exist!: boolean;

  /** Whether more scopes may be in use than are listed: only the newest 2,000 tokens are looked at. */
  exceeded!: boolean;
}

export class DeveloperScopesDto {
  /** Scopes of your product; `x:write` includes `x:read`. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', maxLength: 128 },
    maxItems: 100,
    example: ['orders:read'],
  })
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMaxSize(100, { message: 'List should have at most 100 items' })
  @IsString({ each: true, message: 'Input should be a valid string' })
  @MaxLength(128, { each: true, message: 'String should have at most 128 characters' })
  scopes!: string[];
}
