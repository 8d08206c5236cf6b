import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The last sequence of a log; its row lock is what keeps the sequence dense. */
@Entity('audit_heads')
export class AuditHead {
  @PrimaryColumn('uuid', { name: 'business_id' })
  businessId!: string;

  @Column('bigint')
  size!: string;

  /** See {@link HeadMacs}. */
  @Column('bytea', { nullable: true, select: false })
  mac!: Buffer | null;
}
