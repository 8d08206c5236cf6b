import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The last sequence number of a log. Its row lock keeps the sequence without gaps. */
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
