import { ApiProperty } from '@nestjs/swagger';
import { AUDIT_ACTIONS, type AuditAction, type AuditDetails } from '../log-format/audit-action.js';
import type { AuditActor, AuditEvent, AuditOutcome, AuditTarget } from '../log-format/audit-event.js';
import { PageDto } from '../common/page.dto.js';

export const ACTOR_KINDS = [
  'user',
  'identity',
  'platform',
  'anonymous',
  'system',
] as const satisfies AuditActor['kind'][];
export const TARGET_KINDS = [
  'token',
  'member',
  'group',
  'identity',
  'revocation',
  'business',
  'audit',
  'route',
  'service',
] as const satisfies AuditTarget['kind'][];
export const OUTCOMES = ['success', 'denied', 'failure'] as const satisfies AuditOutcome[];

/** Who did it. */
class AuditActorDto implements AuditActor {
  /** The e-mail of a user. For the platform: the person to whom the token was issued, by e-mail or name, if known. */
  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  email!: string | null;

  /** The member or identity; null for the platform, the system and callers without a proven identity. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  @ApiProperty({ enum: ACTOR_KINDS })
  kind!: AuditActor['kind'];

  /** The token that was presented. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  token_id!: string | null;
}

/** What it was done to. */
class AuditTargetDto implements AuditTarget {
  @ApiProperty({ type: String, nullable: true, example: '0199c0de-0000-7000-8000-000000000001' })
  id!: string | null;

  @ApiProperty({ enum: TARGET_KINDS })
  kind!: AuditTarget['kind'];
}

/** One event of the log. Its leaf in the tree is the hash of exactly these members, as RFC 8785 canonical JSON. */
export class AuditEventDto implements AuditEvent {
  @ApiProperty({ enum: AUDIT_ACTIONS, example: 'token.revoked' })
  action!: AuditAction;

  actor!: AuditActorDto;

  /** null: the platform's own log. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  business_id!: string | null;

  /**
   * Facts of this action; [the page on the audit log](/docs/audit.md) lists them; and `client_request_id`, if the caller
   * sent an id in `x-request-id`. Never a secret.
   */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { jti: '4bX0Qm2vTqLw8ZkR1nYc7D' } })
  details!: AuditDetails;

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  ip!: string | null;

  @ApiProperty({ format: 'date-time' })
  occurred_at!: string;

  @ApiProperty({ enum: OUTCOMES })
  outcome!: AuditOutcome;

  @ApiProperty({ type: String, nullable: true, example: 'laptop stolen' })
  reason!: string | null;

  /** Chosen by Rescind, unique, and in the answer as `x-request-id`. */
  @ApiProperty({ type: String, nullable: true, example: '0199c0de-0000-7000-8000-000000000000' })
  request_id!: string | null;

  /** The number of the event within the log: from 1, without gaps. */
  @ApiProperty({ type: 'integer', minimum: 1 })
  sequence!: number;

  target!: AuditTargetDto;

  @ApiProperty({ type: String, nullable: true, example: 'curl/8.5.0' })
  user_agent!: string | null;
}

export class AuditPageDto extends PageDto {
  items!: AuditEventDto[];
}

class AuditCountDto {
  /** UTC. */
  @ApiProperty({ format: 'date', example: '2026-01-31' })
  day!: string;

  @ApiProperty({ enum: AUDIT_ACTIONS })
  action!: AuditAction;

  @ApiProperty({ type: 'integer' })
  count!: number;
}

export class AuditSummaryDto {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  /** Newest day first. */
  items!: AuditCountDto[];
}
