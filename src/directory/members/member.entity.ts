import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Business } from '../businesses/business.entity.js';
import type { MemberRole, Role } from './role.js';

/** A membership: gives a person, known by e-mail, a role in a business. Removed ones stay for the log's sake. */
@Entity('members')
@Check('members_role_check', `"role" IN ('owner', 'admin', 'developer', 'auditor', 'no-access')`)
@Check('members_mapped_role_check', `"mapped_role" IN ('owner', 'admin', 'developer', 'auditor')`)
@Check('members_manual_role_check', `"manual_role" IN ('owner', 'admin', 'developer', 'auditor')`)
@Check('members_deactivated_check', '"deactivated_at" IS NULL OR "removed_at" IS NOT NULL')
@Index('members_email_key', ['businessId', 'email'], { unique: true, where: '"removed_at" IS NULL' })
@Index('members_deactivated_key', ['businessId', 'email'], {
  unique: true,
  where: '"deactivated_at" IS NOT NULL',
})
@Index('members_person_idx', ['email', 'createdAt', 'id'])
@Index('members_created_at_idx', ['businessId', 'createdAt', 'id'])
@Index('members_added_by_idx', ['addedByToken'], { where: '"added_by_token" IS NOT NULL' })
@Index('members_cut_off_idx', ['businessId', 'notBefore'], { where: '"not_before" IS NOT NULL' })
export class Member {
  @PrimaryColumn('uuid')
  id!: string;

  @ManyToOne(() => Business)
  @JoinColumn({ name: 'business_id', foreignKeyConstraintName: 'members_business_fk' })
  business?: Business;

  @Column('uuid', { name: 'business_id' })
  businessId!: string;

  @Column('varchar', { length: 320 })
  email!: string;

  @Column('varchar', { length: 255 })
  name!: string;

  /** The role in force: see `role-in-force.ts`. */
  @Column('varchar', { length: 16 })
  role!: Role;

  /** What the person's groups were mapped to last; null: nothing. */
  @Column('varchar', { length: 16, name: 'mapped_role', nullable: true })
  mappedRole!: MemberRole | null;

  /** What an administrator gave; null: nothing, or the role in force where none is mapped. */
  @Column('varchar', { length: 16, name: 'manual_role', nullable: true })
  manualRole!: MemberRole | null;

  /** Whether the manual role holds, whatever is mapped. */
  @Column('boolean', { name: 'role_pinned', default: false })
  rolePinned!: boolean;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  @Column({ type: 'timestamptz', name: 'removed_at', precision: 3, nullable: true })
  removedAt!: Date | null;

  /** When a directory ended a membership that it may begin again; null: it did not, or may not. */
  @Column({ type: 'timestamptz', name: 'deactivated_at', precision: 3, nullable: true })
  deactivatedAt!: Date | null;

  /** Whether the e-mail address is another one than they were added with: then it does not say who somebody at a provider is. */
  @Column('boolean', { default: false })
  readdressed!: boolean;

  /** What they were added, or let back in, with, a session too; null: their provider, or an earlier version. */
  @Column('uuid', { name: 'added_by_token', nullable: true })
  addedByToken!: string | null;

  /** What was issued to it then or before is refused; null: it was never cut off. Raised by a trigger, and never lowered. */
  @Column({ type: 'timestamptz', name: 'not_before', precision: 3, nullable: true, select: false })
  notBefore?: Date | null;
}

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
