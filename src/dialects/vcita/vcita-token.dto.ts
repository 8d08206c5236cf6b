import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional } from 'class-validator';
import { NIL as NIL_UUID } from 'uuid';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { holds, SchemaRule } from '../../common/schema-rule.decorator.js';
import { IsAnyText } from '../../common/text.decorator.js';
import type { Token } from '../../token-rows/token.entity.js';
import { isUuid } from '../../common/uuid.pipe.js';
import type { TokensOf } from '../../revocations/revocations.repository.js';

/** An id that was given and is not empty. */
export function given(id: string | null | undefined): string | undefined {
  return id == null || id === '' ? undefined : id;
}

/** The id in lower case; null for what can be the id of nothing. */
export function idOf(text: string): string | null {
  return isUuid(text) ? text.toLowerCase() : null;
}

/** Whose tokens are meant: a user's before an app's before the directory's; undefined: nobody is named. */
export function filterOf(query: VcitaOwnerDto): TokensOf | undefined {
  const user = given(query.user_id);
  const app = given(query.app_id);
  if (user !== undefined) return { memberId: idOf(user) ?? NIL_UUID };
  if (app !== undefined) return { identityId: idOf(app) ?? NIL_UUID };
  return given(query.directory_id) === undefined ? undefined : { platform: true };
}

/** An id as a string or, as some clients send it, a number. */
const Id = (max = 255) =>
  applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (Number.isSafeInteger(value) ? String(value) : value)),
    IsAnyText(max, { required: false, nullable: true }),
  );

@IgnoresUnknown()
export class VcitaOwnerDto {
  /** A machine identity. */
  @Id()
  app_id?: string | null;

  /** A member. */
  @Id()
  user_id?: string | null;

  /** The platform, whatever the id; only for platform tokens. */
  @Id()
  directory_id?: string | null;
}

@IgnoresUnknown()
@SchemaRule({
  ...holds('app_id', 'user_id', 'business_id', 'directory_id'),
  example: { business_id: 'of a business' },
})
export class CreateVcitaTokenDto extends VcitaOwnerDto {
  /** The business to create it in. */
  @Id()
  business_id?: string | null;
}

@IgnoresUnknown()
@SchemaRule({
  ...holds('token', 'token_id', 'user_id', 'app_id', 'directory_id'),
  example: { token: 'of a token' },
})
export class RevokeVcitaTokenDto extends VcitaOwnerDto {
  /** The secret, or the id of its token, which the list shows as `token`. */
  @Id(512)
  token?: string | null;

  /** The id of the token, instead of its secret. */
  @Id()
  token_id?: string | null;
}

export class CreatedVcitaTokenDto {
  /** The secret, shown this once: 64 lowercase hexadecimal characters. */
  @ApiProperty({ example: '<64 hexadecimal characters>' })
  token!: string;

  @ApiProperty({ format: 'uuid' })
  token_id!: string;

  /** Seconds; null: it never expires. Only a token that was created with an expiring token expires. */
  @ApiProperty({ type: 'integer', nullable: true, example: null })
  expires_in!: number | null;

  @ApiProperty({ type: [String], example: ['jobs:read'] })
  scopes!: string[];
}

export class VcitaTokenDto {
  /** The id, by which it can be revoked: secrets are not stored. */
  @ApiProperty({ format: 'uuid' })
  token!: string;

  /** The same. */
  @ApiProperty({ format: 'uuid' })
  token_id!: string;

  /** The preview: the displayable part of the secret. */
  @ApiProperty({ example: '4f0c********91ab' })
  preview!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  app_id!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  user_id!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  business_id!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: [String], example: ['jobs:read'] })
  scopes!: string[];

  static from(token: Token): VcitaTokenDto {
    return {
      token: token.id,
      token_id: token.id,
      preview: token.tokenPrefix,
      app_id: token.identityId,
      user_id: token.memberId,
      business_id: token.businessId,
      created_at: token.createdAt.toISOString(),
      scopes: token.scopes,
    };
  }
}

class VcitaTokensDto {
  tokens!: VcitaTokenDto[];
}

class VcitaRevokedDto {
  /** The token as it was sent; for a user, an app or a directory, the ids of those that this call revoked. */
  revoked_tokens!: string[];
}

class VcitaAnswerDto {
  @ApiProperty({ enum: ['OK'] })
  status!: 'OK';
}

export class VcitaCreatedAnswerDto extends VcitaAnswerDto {
  data!: CreatedVcitaTokenDto;
}

export class VcitaListAnswerDto extends VcitaAnswerDto {
  data!: VcitaTokensDto;
}

export class VcitaRevokedAnswerDto extends VcitaAnswerDto {
  data!: VcitaRevokedDto;
}
