import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Business } from '../directory/businesses/business.entity.js';
import { Identity } from '../directory/identities/identity.entity.js';
import { Member } from '../directory/members/member.entity.js';

/** At most 4096 bytes as JSON; see `isMetadata`. */
export type TokenMetadata = Record<string, unknown>;

/** An API token, or a session: a signed-in person's, whose secret is in a cookie. */
export type TokenKind = 'api' | 'session';
export type OwnerKind = 'user' | 'identity' | 'platform';
export type Dialect = 'native' | 'opentrain' | 'infisical' | 'vcita';

/** The record of a token. Never the secret: only its digest, which no query of a list selects. */
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
export class Token {
  @PrimaryColumn('uuid')
  id!: string;

  /** The public id inside the secret. */
  @Column('varchar', { length: 32 })
  jti!: string;

  @ManyToOne(() => Business, { nullable: true })
  @JoinColumn({ name: 'business_id', foreignKeyConstraintName: 'tokens_business_fk' })
  business?: Business | null;

  /** null: a platform token that belongs to no business. */
  @Column('uuid', { name: 'business_id', nullable: true })
  businessId!: string | null;

  @Column('varchar', { name: 'owner_kind', length: 16 })
  ownerKind!: OwnerKind;

  @ManyToOne(() => Member, { nullable: true })
  @JoinColumn({ name: 'member_id', foreignKeyConstraintName: 'tokens_member_fk' })
  member?: Member | null;

  @Column('uuid', { name: 'member_id', nullable: true })
  memberId!: string | null;

  @ManyToOne(() => Identity, { nullable: true })
  @JoinColumn({ name: 'identity_id', foreignKeyConstraintName: 'tokens_identity_fk' })
  identity?: Identity | null;

  @Column('uuid', { name: 'identity_id', nullable: true })
  identityId!: string | null;

  @Column('varchar', { length: 255, nullable: true })
  name!: string | null;

  @Column('varchar', { length: 1024, nullable: true })
  description!: string | null;

  /** What the product calls whom or what it is for; null: nothing. */
  @Column('varchar', { name: 'external_id', length: 255, nullable: true })
  externalId!: string | null;

  /** What the product notes on it; null: nothing. */
  @Column('jsonb', { nullable: true })
  metadata!: TokenMetadata | null;

  /** The dialect it was issued in. Every dialect can verify and revoke it. */
  @Column('varchar', { length: 16, default: 'native' })
  dialect!: Dialect;

  @Column('varchar', { length: 8, default: 'api' })
  kind!: TokenKind;

  /** A session ends when it was not used for so long; null: an API token. */
  @Column('integer', { name: 'idle_seconds', nullable: true })
  idleSeconds!: number | null;

  /** The preview. */
  @Column('varchar', { name: 'token_prefix', length: 40 })
  tokenPrefix!: string;

  @Column('bytea', { select: false })
  digest!: Buffer;

  @Column('varchar', { name: 'pepper_id', length: 8, select: false })
  pepperId!: string;

  /** See TokenMacs; null: from a version that made none. */
  @Column('bytea', { nullable: true, select: false })
  mac!: Buffer | null;

  @Column('text', { array: true })
  scopes!: string[];

  /** Addresses and CIDRs it may be used from; null: anywhere. */
  @Column('text', { name: 'trusted_ips', array: true, nullable: true })
  trustedIps!: string[] | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  /** Set by a rotation: this secret ends then, whatever its own expiry says. */
  @Column({ type: 'timestamptz', name: 'grace_ends_at', precision: 3, nullable: true })
  graceEndsAt!: Date | null;

  @Column('uuid', { name: 'replaced_by', nullable: true })
  replacedBy!: string | null;

  /** The token that it was issued or rotated with; null: none, or before that was recorded. */
  @Column('uuid', { name: 'issued_by_token', nullable: true })
  issuedByToken!: string | null;

  /** The person that a platform token was issued to, for life: a name or an e-mail address; null: nobody by name. */
  @Column('varchar', { name: 'issued_to', length: 320, nullable: true })
  issuedTo!: string | null;

  /** No renewal extends its expiry past this time, at which the token that issued it expires; null: no such limit. */
  @Column({ type: 'timestamptz', name: 'expires_at_max', precision: 3, nullable: true })
  expiresAtMax!: Date | null;

  @Column('integer', { name: 'ttl_seconds', nullable: true })
  ttlSeconds!: number | null;

  @Column('integer', { name: 'max_ttl_seconds', nullable: true })
  maxTtlSeconds!: number | null;

  @Column({ type: 'timestamptz', name: 'last_renewed_at', precision: 3, nullable: true })
  lastRenewedAt!: Date | null;

  /**
   * The number of verifications it is good for, while the token that it comes from also has uses left; null: any number.
   */
  @Column('integer', { name: 'uses_limit', nullable: true })
  usesLimit!: number | null;

  @Column('integer', { default: 0 })
  uses!: number;

  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;

  /** The hour of the last use, for an index that is not written with each use. A trigger keeps it. */
  @Column({
    type: 'timestamptz',
    name: 'last_used_hour',
    precision: 3,
    nullable: true,
    select: false,
    insert: false,
    update: false,
  })
  lastUsedHour!: Date | null;

  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3, nullable: true })
  revokedAt!: Date | null;

  @Column('varchar', { name: 'revoked_by', length: 320, nullable: true })
  revokedBy!: string | null;

  @Column('varchar', { name: 'revocation_reason', length: 1024, nullable: true })
  revocationReason!: string | null;

  /** The cut-off that revoked it; null: it has a revocation of its own, or is not revoked. */
  @Column('uuid', { name: 'revoked_with', nullable: true })
  revokedWith!: string | null;
}
