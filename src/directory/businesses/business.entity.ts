import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

export type BusinessStatus = 'active' | 'suspended';

/** What is done with a token whose secret was reported as leaked: it is revoked, or its business is told only. */
export type LeakPolicy = 'revoke' | 'notify';

/** What a business wants of the life of its tokens. */
export interface TokenPolicy {
  /** The longest life of a token from its issue; null: any. */
  tokenLifetimeDaysMax: number | null;
  /** Whether every token must have an end. */
  tokenExpiryRequired: boolean;
  /** Tokens that nobody has used for longer are revoked; null: none is. */
  tokenUnusedDaysMax: number | null;
  /** How many days before that the log says so; fewer than those. */
  tokenUnusedNoticeDays: number;
  /** The age of a token at which the log asks for its rotation; null: never. */
  tokenRotationDays: number | null;
}

/** The tenant. Everything but the platform itself belongs to one. */
@Entity('businesses')
@Unique('businesses_slug_key', ['slug'])
@Check('businesses_status_check', `"status" IN ('active', 'suspended')`)
@Check('businesses_leak_policy_check', `"leak_policy" IN ('revoke', 'notify')`)
@Check(
  'businesses_token_policy_check',
  `token_lifetime_days_max >= 1 AND token_rotation_days >= 1 AND token_unused_notice_days >= 1 AND token_unused_days_max > token_unused_notice_days`,
)
@Check('businesses_approval_above_check', `"approval_above" >= 0`)
@Index('businesses_created_at_idx', ['createdAt', 'id'])
export class Business implements TokenPolicy {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { length: 63 })
  slug!: string;

  @Column('varchar', { length: 16, default: 'active' })
  status!: BusinessStatus;

  @Column('varchar', { name: 'token_prefix', length: 12, default: 'dz' })
  tokenPrefix!: string;

  @Column('varchar', { name: 'leak_policy', length: 8, default: 'revoke' })
  leakPolicy!: LeakPolicy;

  @Column('integer', { name: 'token_lifetime_days_max', nullable: true })
  tokenLifetimeDaysMax!: number | null;

  @Column('boolean', { name: 'token_expiry_required', default: false })
  tokenExpiryRequired!: boolean;

  @Column('integer', { name: 'token_unused_days_max', nullable: true })
  tokenUnusedDaysMax!: number | null;

  @Column('integer', { name: 'token_unused_notice_days', default: 7 })
  tokenUnusedNoticeDays!: number;

  @Column('integer', { name: 'token_rotation_days', nullable: true })
  tokenRotationDays!: number | null;
  /** Revocations of more tokens than this wait for a second person; null: none does. */
  @Column('integer', { name: 'approval_above', nullable: true })
  approvalAbove!: number | null;

  /** The scopes of the product that developers may give to tokens after they have signed in without a token. */
  @Column('text', { name: 'developer_scopes', array: true, default: () => `'{}'` })
  developerScopes!: string[];

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  /** What was issued in it then or before is refused; null: it was never cut off. Raised by a trigger, and never lowered. */
  @Column({ type: 'timestamptz', name: 'not_before', precision: 3, nullable: true, select: false })
  notBefore?: Date | null;
}
