import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Business } from '../businesses/business.entity.js';
import type { Role } from '../members/role.js';

export type IdentityStatus = 'active' | 'disabled';

/** A machine identity of a business (an application, a CI job) that owns tokens. */
@Entity('identities')
@Check('identities_role_check', `"role" IN ('owner', 'admin', 'developer', 'auditor', 'no-access')`)
@Check('identities_status_check', `"status" IN ('active', 'disabled')`)
@Index('identities_created_at_idx', ['businessId', 'createdAt', 'id'])
@Index('identities_cut_off_idx', ['businessId', 'notBefore'], { where: '"not_before" IS NOT NULL' })
export class Identity {
  @PrimaryColumn('uuid')
  id!: string;

  @ManyToOne(() => Business)
  @JoinColumn({ name: 'business_id', foreignKeyConstraintName: 'identities_business_fk' })
  business?: Business;

  @Column('uuid', { name: 'business_id' })
  businessId!: string;

  @Column('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { length: 1024, nullable: true })
  description!: string | null;

  @Column('varchar', { length: 16, default: 'developer' })
  role!: Role;

  @Column('varchar', { length: 16, default: 'active' })
  status!: IdentityStatus;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  /** What was issued to it then or before is refused; null: it was never cut off. Raised by a trigger, and never lowered. */
  @Column({ type: 'timestamptz', name: 'not_before', precision: 3, nullable: true, select: false })
  notBefore?: Date | null;
}
