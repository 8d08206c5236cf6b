import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

export type BusinessStatus = 'active' | 'suspended';

/** The tenant. Everything but the platform itself belongs to one. */
@Entity('businesses')
@Unique('businesses_slug_key', ['slug'])
@Check('businesses_status_check', `"status" IN ('active', 'suspended')`)
@Index('businesses_created_at_idx', ['createdAt', 'id'])
export class Business {
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

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}
