import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Business } from '../businesses/business.entity.js';
import type { Role } from './role.js';

/** A membership: gives a person, known by e-mail, a role in a business. Removed ones stay for the log's sake. */
@Entity('members')
@Check('members_role_check', `"role" IN ('owner', 'admin', 'developer', 'auditor')`)
@Index('members_email_key', ['businessId', 'email'], { unique: true, where: '"removed_at" IS NULL' })
@Index('members_person_idx', ['email', 'createdAt', 'id'])
@Index('members_created_at_idx', ['businessId', 'createdAt', 'id'])
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

  @Column('varchar', { length: 16 })
  role!: Role;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  @Column({ type: 'timestamptz', name: 'removed_at', precision: 3, nullable: true })
  removedAt!: Date | null;

  /** What was issued to it then or before is refused; null: it was never cut off. Raised by a trigger, and never lowered. */
  @Column({ type: 'timestamptz', name: 'not_before', precision: 3, nullable: true, select: false })
  notBefore?: Date | null;
}
