import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class RevocationFormDto {
  /** The secret of the token to be revoked. */
  @ApiProperty({ example: 'dz_<public id>_<random>_<checksum>' })
  token!: string;

  /** Ignored: all tokens are searched. */
  @ApiPropertyOptional({ example: 'access_token' })
  token_type_hint?: string;
}
