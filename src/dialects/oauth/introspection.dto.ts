import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { membersFor } from '../../token-rows/dto/derived-members.js';
import { ADDRESS_PATTERN } from '../../verification/trusted-ips.js';

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

export class IntrospectionFormDto extends TokenFormDto {
  /** Address that presented the token (allowed by RFC 7662 §2.1); needed for tokens that are bound to addresses. */
  @ApiPropertyOptional({ pattern: ADDRESS_PATTERN })
  ip?: string;

  /** User agent that presented the token; the first 256 characters are kept with the usage of the token. */
  user_agent?: string;
}

/** What is known about an active token (RFC 7662 §2.2). Times are whole seconds since 1970. */
export class ActiveIntrospectionDto extends membersFor('introspected', {
  '': 'active scope client_id username token_type exp iat sub aud iss jti'.split(' '),
}) {
  @ApiProperty({ enum: [true] })
  active!: true;

  /** Separated by single spaces. */
  @ApiProperty({ example: 'jobs:read jobs:run' })
  scope!: string;

  /** The machine identity that owns the token. */
  @ApiPropertyOptional({ format: 'uuid', example: '0199c0de-0000-7000-8000-000000000004' })
  client_id?: string;

  /** The e-mail of the member who owns the token. */
  @ApiPropertyOptional({ example: 'ada@example.com' })
  username?: string;

  @ApiProperty({ enum: ['Bearer'] })
  token_type!: 'Bearer';

  /** The token's end, or sooner where RESCIND_INTROSPECTION_SECONDS bounds it; missing: it never ends. */
  @ApiPropertyOptional({ type: 'integer', example: 1798761600 })
  exp?: number;

  @ApiProperty({ type: 'integer', example: 1767225600 })
  iat!: number;

  /** The owner: the id of a member or of an identity, or `platform`. */
  @ApiProperty({ example: '0199c0de-0000-7000-8000-000000000003' })
  sub!: string;

  /** The business that the token belongs to; missing for a token of the platform. */
  @ApiPropertyOptional({ format: 'uuid', example: '0199c0de-0000-7000-8000-000000000001' })
  aud?: string;

  @ApiProperty({ example: 'https://tokens.example.com' })
  iss!: string;

  @ApiProperty({ example: '4fQ0ZcYp1sVb7uKx2mJt9A' })
  jti!: string;
}

/** The whole answer for any other token. */
export class InactiveIntrospectionDto {
  @ApiProperty({ enum: [false] })
  active!: false;
}
