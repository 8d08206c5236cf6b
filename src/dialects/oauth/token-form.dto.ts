import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** What the OAuth endpoints about one token are sent. */
export class TokenFormDto {
  /** The secret of the token that is meant. */
  @ApiProperty({ example: 'dz_<public id>_<random>_<checksum>' })
  token!: string;

  /** Ignored: all tokens are searched. */
  @ApiPropertyOptional({ example: 'access_token' })
  token_type_hint?: string;

  /** The id of a machine identity, as a client without an Authorization header sends it (`client_secret_post`). */
  @ApiPropertyOptional({ example: '' })
  client_id?: string;

  /** The secret of a token that this identity owns. */
  @ApiPropertyOptional({ example: '' })
  client_secret?: string;
}
