import { ApiProperty } from '@nestjs/swagger';
import { PageDto } from '../../common/page.dto.js';
import { RevocationReceiptDto } from '../revoked-token.dto.js';
import { listedUntil, type Approval, type RevocationRecord } from './revocation-records.repository.js';
import type { TracedRevocation } from './revocation-records.service.js';

const KINDS: RevocationRecord['kind'][] = ['cut_off', 'selection'];
const STATES: RevocationRecord['state'][] = ['awaiting_approval', 'expired', 'declined', 'marking', 'done'];
const BARS = ['revocation.same_person', 'revocation.person_made', 'revocation.asker_ended'] as const;

/** The second person that a revocation waits for, or has found. */
class ApprovalDto {
  @ApiProperty({ format: 'date-time' })
  asked_at!: string;

  /** Until then it may be approved. */
  @ApiProperty({ format: 'date-time' })
  expires_at!: string;

  /** null: nobody has yet. */
  @ApiProperty({ type: String, nullable: true, example: 'grace@example.com' })
  approved_by!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  approved_at!: string | null;

  /** null: nobody has. The same as `revoked_by`, when whoever asked has withdrawn it. */
  @ApiProperty({ type: String, nullable: true, example: 'grace@example.com' })
  declined_by!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  declined_at!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'wrong member' })
  decline_reason!: string | null;

  static from(approval: Approval): ApprovalDto {
    return {
      asked_at: approval.askedAt.toISOString(),
      expires_at: approval.expiresAt.toISOString(),
      approved_by: approval.approvedBy,
      approved_at: approval.approvedAt?.toISOString() ?? null,
      declined_by: approval.declinedBy,
      declined_at: approval.declinedAt?.toISOString() ?? null,
      decline_reason: approval.declineReason,
    };
  }
}

/** A revocation of many tokens. */
export class RevocationDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** `cut_off`: all that was issued to somebody up to a moment. `selection`: any selected tokens. */
  @ApiProperty({ enum: KINDS })
  kind!: RevocationRecord['kind'];

  /**
   * `awaiting_approval`: nothing is revoked; a second person is needed. `expired`: nobody approved it in time. `declined`: it was declined, or withdrawn by
   * whoever asked; nothing is revoked. `marking`: of a
   * cut-off, all of its tokens are refused already, and are being marked one by one; of a selection, they are being revoked. `done`: all are
   * refused and marked.
   */
  @ApiProperty({ enum: STATES })
  state!: RevocationRecord['state'];

  /** As it was asked for. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { owner: 'ada@example.com' } })
  selector!: Record<string, unknown>;

  /** What was issued then or before is refused; null: of a selection, and until a cut-off of all up to its approval is made. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  issued_before!: string | null;

  /** null: nothing is revoked. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revoked_at!: string | null;

  @ApiProperty({ example: 'ada@example.com' })
  revoked_by!: string;

  @ApiProperty({ type: String, nullable: true, example: 'laptop stolen' })
  revocation_reason!: string | null;

  /** How many it meant when it was made, or asked for; null: they were not counted. */
  @ApiProperty({ type: 'integer', nullable: true })
  tokens_matched!: number | null;

  /** Tokens that it revoked, as far as they are marked; all of them once it is `done`. What had been revoked before is not among them. */
  @ApiProperty({ type: 'integer' })
  tokens_revoked!: number;

  /** null: not all are marked yet. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;

  /** Until when `…/tokens` lists what was selected: 90 days after it was all revoked. null: for good, or it is not done. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  tokens_listed_until!: string | null;

  /** null: one person was enough. */
  @ApiProperty({ type: ApprovalDto, nullable: true })
  approval!: ApprovalDto | null;

  /** Whether the platform made it alone where two persons may be needed. */
  @ApiProperty()
  break_glass!: boolean;

  static from(row: RevocationRecord): RevocationDto {
    return {
      id: row.id,
      kind: row.kind,
      state: row.state,
      selector: { ...row.selector },
      issued_before: row.notBefore?.toISOString() ?? null,
      revoked_at: row.revokedAt?.toISOString() ?? null,
      revoked_by: row.revokedBy,
      revocation_reason: row.reason,
      tokens_matched: row.tokensMatched,
      tokens_revoked: row.tokensRevoked,
      finished_at: row.finishedAt?.toISOString() ?? null,
      tokens_listed_until: listedUntil(row)?.toISOString() ?? null,
      approval: row.approval === null ? null : ApprovalDto.from(row.approval),
      break_glass: row.breakGlass,
    };
  }
}

class MadeDto {
  @ApiProperty({ enum: ['member.added', 'member.activated', 'member.account_linked', 'member.changed'] })
  action!: string;

  member!: string;

  /** Whose token did it; of a machine, the id of that token. */
  by!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;
}

export class ApprovalBarDto {
  /** With which code approving it would be refused. */
  @ApiProperty({ enum: BARS })
  code!: (typeof BARS)[number];

  /**
   * Of `revocation.person_made`: who added the caller, whoever asked, or those who made them, linked an account with them or gave them
   * the role of an administrator, within the time that the request may wait, before it and since. The newest 20, newest first.
   */
  @ApiProperty({ type: [MadeDto] })
  made!: MadeDto[];
}

export class RevocationWithReceiptDto extends RevocationDto {
  /** Where it waits for approval, and the caller is an administrator: why they may not be the second person; null: nothing is known. */
  @ApiProperty({ type: ApprovalBarDto, nullable: true })
  approval_bar!: ApprovalBarDto | null;

  /** null: nothing is in effect yet, or the process that waited ended before it could be kept. */
  @ApiProperty({ type: RevocationReceiptDto, nullable: true })
  receipt!: RevocationReceiptDto | null;

  static of(traced: TracedRevocation, bar: ApprovalBarDto | null = null): RevocationWithReceiptDto {
    const { barrier, auditSequence } = traced;
    const receipt = barrier === null ? null : RevocationReceiptDto.of(barrier, auditSequence);
    return { ...RevocationDto.from(traced), approval_bar: bar, receipt };
  }
}

export class RevocationPageDto extends PageDto {
  items!: RevocationDto[];
}
