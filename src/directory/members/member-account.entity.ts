import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Member } from './member.entity.js';

/** What a member signs in with: an account at an OpenID provider, known by issuer and subject and never by e-mail. */
@Entity('member_accounts')
@Index('member_accounts_key', ['issuer', 'subject', 'businessId'], { unique: true })
@Index('member_accounts_member_idx', ['businessId', 'memberId'])
@Index('member_accounts_linked_by_idx', ['linkedByToken'], { where: '"linked_by_token" IS NOT NULL' })
export class MemberAccount {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'member_accounts_pkey' })
  id!: string;

  @Column('uuid', { name: 'business_id' })
  businessId!: string;

  @ManyToOne(() => Member)
  @JoinColumn({ name: 'member_id', foreignKeyConstraintName: 'member_accounts_member_fk' })
  member?: Member;

  @Column('uuid', { name: 'member_id' })
  memberId!: string;

  @Column('varchar', { length: 255 })
  issuer!: string;

  @Column('varchar', { length: 255 })
  subject!: string;

  @Column({ type: 'timestamptz', name: 'linked_at', precision: 3, default: () => 'now()' })
  linkedAt!: Date;

  /** False: nobody signs in with it before the provider has said that its person has the member's e-mail address. */
  @Column('boolean', { default: true })
  confirmed!: boolean;

  /** What it was linked with, a session too; null: the member came in with it. */
  @Column('uuid', { name: 'linked_by_token', nullable: true })
  linkedByToken!: string | null;
}
