import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AuditAction, AuditDetails } from '../../log-format/audit-action.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../../log-format/audit-event.js';

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

/** One stored line of the log. The nil UUID as business stands for the platform's own log. */
@Entity('audit_events')
@Index('audit_events_id_idx', ['businessId', 'id'])
@Index('audit_events_action_idx', ['businessId', 'action', 'sequence'])
@Index('audit_events_actor_idx', ['actorId', 'businessId', 'sequence'], {
  where: 'actor_id IS NOT NULL',
})
@Index('audit_events_actor_token_idx', ['actorTokenId', 'businessId', 'sequence'], {
  where: 'actor_token_id IS NOT NULL',
})
@Index('audit_events_target_idx', ['targetId', 'businessId', 'sequence'])
@Index('audit_events_request_idx', ['requestId', 'businessId', 'sequence'], {
  where: 'request_id IS NOT NULL',
})
@Index('audit_events_client_request_idx', ['clientRequestId', 'businessId', 'sequence'], {
  where: 'client_request_id IS NOT NULL',
})
@Index('audit_events_ip_idx', ['ip', 'businessId', 'sequence'], {
  where: 'ip IS NOT NULL',
})
@Index('audit_events_person_idx', ['actorEmail', 'businessId', 'sequence'], {
  where: "actor_kind = 'platform' AND actor_email IS NOT NULL",
})
@Index('audit_events_refused_idx', ['businessId', 'outcome', 'sequence'], { where: "outcome <> 'success'" })
@Index('audit_events_occurred_at_idx', ['businessId', 'occurredAt', 'sequence', 'action'])
@Index('audit_events_platform_idx', ['occurredAt', 'id'])
@Index('audit_events_platform_action_idx', ['action', 'occurredAt', 'id'])
export class AuditEventRow {
  @PrimaryColumn('uuid', { name: 'business_id', primaryKeyConstraintName: 'audit_events_pkey' })
  businessId!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'audit_events_pkey' })
  sequence!: string;

  @Column('uuid')
  id!: string;

  @PrimaryColumn({
    type: 'timestamptz',
    name: 'occurred_at',
    precision: 3,
    primaryKeyConstraintName: 'audit_events_pkey',
  })
  occurredAt!: Date;

  @Column('varchar', { name: 'actor_kind', length: 16 })
  actorKind!: AuditActor['kind'];

  @Column('uuid', { name: 'actor_id', nullable: true })
  actorId!: string | null;

  @Column('varchar', { name: 'actor_email', length: 320, nullable: true })
  actorEmail!: string | null;

  @Column('uuid', { name: 'actor_token_id', nullable: true })
  actorTokenId!: string | null;

  @Column('varchar', { length: 64 })
  action!: AuditAction;

  @Column('varchar', { name: 'target_kind', length: 16 })
  targetKind!: AuditTarget['kind'];

  @Column('varchar', { name: 'target_id', length: 255, nullable: true })
  targetId!: string | null;

  @Column('varchar', { length: 16 })
  outcome!: AuditOutcome;

  @Column('varchar', { length: 1024, nullable: true })
  reason!: string | null;

  @Column('varchar', { name: 'request_id', length: 128, nullable: true })
  requestId!: string | null;

  /**
   * A copy of the value in the details, for an index (row-level security needs a column). Only the details are hashed.
   */
  @Column('varchar', { name: 'client_request_id', length: 128, nullable: true })
  clientRequestId!: string | null;

  @Column('varchar', { length: 64, nullable: true })
  ip!: string | null;

  @Column('varchar', { name: 'user_agent', length: 512, nullable: true })
  userAgent!: string | null;

  @Column('jsonb')
  details!: AuditDetails;

  /** RFC 6962 leaf hash. */
  @Column('bytea', { name: 'leaf_hash' })
  leafHash!: Buffer;

  /** See {@link EventMacs}; null: written by a version that made none. */
  @Column('bytea', { nullable: true })
  mac!: Buffer | null;
}
