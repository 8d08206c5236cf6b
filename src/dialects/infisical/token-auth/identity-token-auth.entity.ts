import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Business } from '../../../directory/businesses/business.entity.js';
import { Identity } from '../../../directory/identities/identity.entity.js';

/**
 * The limits of tokens that an identity gets by Token Auth. Each token keeps the settings under which it was issued.
 */
@Entity('identity_token_auth')
@Index('identity_token_auth_identity_key', ['identityId'], { unique: true })
export class IdentityTokenAuth {
  @PrimaryColumn('uuid')
  id!: string;

  @ManyToOne(() => Business)
  @JoinColumn({ name: 'business_id', foreignKeyConstraintName: 'identity_token_auth_business_fk' })
  business?: Business;

  @Column('uuid', { name: 'business_id' })
  businessId!: string;

  @ManyToOne(() => Identity)
  @JoinColumn({ name: 'identity_id', foreignKeyConstraintName: 'identity_token_auth_identity_fk' })
  identity?: Identity;

  @Column('uuid', { name: 'identity_id' })
  identityId!: string;

  /** Life of a token from its issue and from each renewal; 0: it never expires. */
  @Column('integer', { name: 'ttl_seconds' })
  ttlSeconds!: number;

  /** Life of a token from its issue, renewals or not; 0: no bound. */
  @Column('integer', { name: 'max_ttl_seconds' })
  maxTtlSeconds!: number;

  /** Verifications a token is good for; 0: any number. */
  @Column('integer', { name: 'uses_limit' })
  usesLimit!: number;

  /** Addresses and CIDRs, at least one. */
  @Column('text', { name: 'trusted_ips', array: true })
  trustedIps!: string[];

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}
