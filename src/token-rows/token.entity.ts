import { Check, Column, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { Business } from '../directory/businesses/business.entity.js';
import { Identity } from '../directory/identities/identity.entity.js';
import { Member } from '../directory/members/member.entity.js';
import { columnOf, FIELDS } from '../token-schema/derived.js';
import type { TokenValues } from '../token-schema/token-schema.js';

export type { Dialect, OwnerKind, TokenKind } from '../token-schema/token-schema.js';

const Columns = class {} as new () => TokenValues;

/**
 * The record of a token: the columns of src/token-schema/. Never the secret: only its digest, which no query of a list
 * selects.
 */
@Entity('tokens')
@Check('tokens_owner_kind_check', `"owner_kind" IN ('user', 'identity', 'platform')`)
@Check(
  'tokens_owner_check',
  `(owner_kind = 'user') = (member_id IS NOT NULL) AND (owner_kind = 'identity') = (identity_id IS NOT NULL) AND (owner_kind = 'platform' OR business_id IS NOT NULL)`,
)
@Check('tokens_kind_check', `"kind" IN ('api', 'session')`)
@Check(
  'tokens_session_check',
  `(kind = 'session') = (idle_seconds IS NOT NULL) AND (kind = 'api' OR expires_at IS NOT NULL)`,
)
@Check('tokens_issued_to_check', `issued_to IS NULL OR owner_kind = 'platform' AND business_id IS NULL`)
@Index('tokens_jti_key', ['jti'], { unique: true })
// These three also hold name and kind (INCLUDE), which cannot be said here: the migrations do.
@Index('tokens_created_at_idx', { synchronize: false })
@Index('tokens_name_idx', { synchronize: false })
@Index('tokens_expires_at_idx', { synchronize: false })
@Index('tokens_member_idx', ['memberId', 'createdAt', 'id'], { where: '"member_id" IS NOT NULL' })
@Index('tokens_identity_idx', ['identityId', 'createdAt', 'id'], { where: '"identity_id" IS NOT NULL' })
@Index('tokens_issued_by_token_idx', ['issuedByToken'], { where: '"issued_by_token" IS NOT NULL' })
@Index('tokens_sessions_of_token_idx', ['issuedByToken'], { where: `kind = 'session'` })
@Index('tokens_sessions_idx', ['businessId', 'createdAt', 'id'], { where: `kind = 'session'` })
@Index('tokens_unbound_idx', ['id'], { where: '"mac" IS NULL' })
@Index('tokens_last_used_idx', ['businessId', 'lastUsedHour', 'id'])
@Index('tokens_preview_idx', ['tokenPrefix'])
@Index('tokens_external_id_idx', ['businessId', 'externalId', 'createdAt', 'id'], {
  where: '"external_id" IS NOT NULL',
})
@Index('tokens_replaced_by_idx', ['replacedBy'], { where: '"replaced_by" IS NOT NULL' })
export class Token extends Columns {
  @ManyToOne(() => Business, { nullable: true })
  @JoinColumn({ name: 'business_id', foreignKeyConstraintName: 'tokens_business_fk' })
  business?: Business | null;

  @ManyToOne(() => Member, { nullable: true })
  @JoinColumn({ name: 'member_id', foreignKeyConstraintName: 'tokens_member_fk' })
  member?: Member | null;

  @ManyToOne(() => Identity, { nullable: true })
  @JoinColumn({ name: 'identity_id', foreignKeyConstraintName: 'tokens_identity_fk' })
  identity?: Identity | null;
}

for (const [name, { type, length, nullable = false, hidden = false, made, ...field }] of FIELDS) {
  const isWritten = made !== 'database' || name === 'updatedAt';
  Column({
    name: columnOf(name),
    type: type === 'text[]' ? 'text' : type,
    array: type === 'text[]',
    nullable,
    primary: name === 'id',
    select: !hidden,
    insert: isWritten,
    update: isWritten,
    ...(length !== undefined && { length }),
    ...(type === 'timestamptz' && { precision: 3 }),
    ...(field.default !== undefined && {
      default: field.default === 'now()' ? () => 'now()' : field.default,
    }),
  })(Token.prototype, name);
}
