import { ApiProperty } from '@nestjs/swagger';

export class ManagementScopeDto {
  @ApiProperty({ example: 'rescind:tokens:read' })
  scope!: string;

  /** What it allows, within what the role of its holder allows. */
  @ApiProperty({ example: 'Read tokens and their usage' })
  description!: string;

  /** Whether you can give it to a token of your own. */
  grantable!: boolean;
}

export class ProductScopeDto {
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

  /** Those of your product that are known: configured, your own, or in use. Sorted. */
  product!: ProductScopeDto[];

  /** Whether other scopes of your product can be given as well; false: those that exist are configured. */
  others_exist!: boolean;

  /** Whether more scopes may be in use than are listed: only the newest 2,000 tokens are looked at. */
  exceeded!: boolean;
}
