import { ApiProperty, PickType } from '@nestjs/swagger';
import type { BarrierFacts } from '../lease/barrier-facts.js';
import type { Revocation } from './token-revocation.service.js';
import { TokenInfoDto } from '../token-rows/dto/token-info.dto.js';

const SHOWN = ['id', 'jti', 'name', 'revoked_by', 'revocation_reason'] as const;

class RevokedTokenDto extends PickType(TokenInfoDto, SHOWN) {
  @ApiProperty({ format: 'date-time' })
  revoked_at!: string;
}

/** What the revocation waited for before it was answered. */
export class RevocationReceiptDto {
  /** Verifiers that might have remembered the token. */
  @ApiProperty({ type: 'integer' })
  verifiers_registered!: number;

  /** Of these, how many confirmed that they refuse it. */
  @ApiProperty({ type: 'integer' })
  verifiers_acknowledged!: number;

  /** Of these, how many did not: their lease had ended, or they had deregistered. */
  @ApiProperty({ type: 'integer' })
  verifiers_waited_out!: number;

  /**
   * Client verifiers of these verifiers when the revocation was committed, as each had reported up to a quarter of a
   * lease before. A verifier that confirmed did so for all of its client verifiers; if it was waited out, none of them
   * trusts its memory any more.
   */
  @ApiProperty({ type: 'integer' })
  client_verifiers!: number;

  /** Milliseconds from commit to the last confirmation. */
  @ApiProperty({ type: Number })
  duration_ms!: number;

  /** The position of the revocation in the audit log of the business. */
  @ApiProperty({ type: 'integer', nullable: true })
  audit_sequence!: number | null;

  static of(barrier: BarrierFacts, auditSequence: number | null): RevocationReceiptDto {
    return {
      verifiers_registered: barrier.verifiers_registered,
      verifiers_acknowledged: barrier.verifiers_acknowledged,
      verifiers_waited_out: barrier.verifiers_waited_out,
      client_verifiers: barrier.client_verifiers,
      duration_ms: barrier.duration_ms,
      audit_sequence: auditSequence,
    };
  }
}

export class RevokeAnswerDto {
  success!: boolean;
  @ApiProperty({ example: 'The token is revoked.' })
  message!: string;
  @ApiProperty({ example: 'token.revoked' })
  code!: string;
  data!: RevokedTokenDto;
  /** Tokens that this call revoked, including successors and children; 0: it had been revoked before. */
  @ApiProperty({ type: 'integer' })
  tokens_revoked!: number;
  /** Tokens that replaced it by rotation and are still active, in order: revoke them with `successors`. */
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'uuid' } })
  live_successors!: string[];
  receipt!: RevocationReceiptDto;

  static from(revocation: Revocation): RevokeAnswerDto {
    return {
      success: true,
      message: messageOf(revocation),
      code: 'token.revoked',
      data: {
        id: revocation.id,
        jti: revocation.jti,
        name: revocation.name,
        revoked_at: revocation.revokedAt.toISOString(),
        revoked_by: revocation.revokedBy,
        revocation_reason: revocation.reason,
      },
      tokens_revoked: revocation.tokensRevoked,
      live_successors: revocation.liveSuccessors,
      receipt: RevocationReceiptDto.of(revocation.barrier, revocation.auditSequence),
    };
  }
}

function messageOf({ first, liveSuccessors }: Revocation): string {
  const said = first ? 'The token is revoked.' : 'The token had been revoked before.';
  return liveSuccessors.length === 0 ? said : `${said} What it was rotated into is still good.`;
}
