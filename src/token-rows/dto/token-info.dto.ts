import { ApiProperty } from '@nestjs/swagger';
import { ownerOf } from '../token-owner.js';
import { tokenStatusAt, type TokenStatus } from '../token-lifetime.js';
import type { OwnerKind, Token } from '../token.entity.js';
import { columnOf, compiled, FIELDS, literal } from '../../token-schema/derived.js';
import { membersFor } from './derived-members.js';

export class TokenOwnerDto {
  @ApiProperty({ enum: ['user', 'identity', 'platform'] })
  kind!: OwnerKind;

  /** The member or identity; null for the platform. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  @ApiProperty({ example: 'Ada Park' })
  name!: string;

  /** Only users have one. */
  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  email!: string | null;
}

/** The members in the order of answers: each own one after the member of the field before it. */
const OWN: Record<string, readonly string[]> = {
  token_prefix: ['token_type'],
  trusted_ips: ['owner', 'status'],
};

/** A token's record. It does not contain the secret, which is never shown again. */
export class TokenInfoDto extends membersFor('shown', { ...OWN, trusted_ips: ['status'] }) {
  @ApiProperty({ enum: ['api'] })
  token_type!: 'api';

  owner!: TokenOwnerDto;

  @ApiProperty({ enum: ['active', 'expired', 'revoked'] })
  status!: TokenStatus;

  /** @param nowMs on the database's clock */
  static from(token: Token, nowMs: number): TokenInfoDto {
    return shown(token, { token_type: 'api', owner: ownerOf(token), status: tokenStatusAt(token, nowMs) });
  }
}

const shown = compiled<
  (token: Token, own: Pick<TokenInfoDto, 'token_type' | 'owner' | 'status'>) => TokenInfoDto
>(
  'token, own',
  literal(
    FIELDS.filter(([, field]) => field.shown !== undefined).flatMap(([name, { type, nullable }]) => [
      [
        columnOf(name),
        `token.${name}${type !== 'timestamptz' ? '' : nullable === true ? '?.toISOString() ?? null' : '.toISOString()'}`,
      ] as const,
      ...(OWN[columnOf(name)] ?? []).map((each) => [each, `own.${each}`] as const),
    ]),
  ),
);
