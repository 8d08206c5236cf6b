import { applyDecorators, type Type } from '@nestjs/common';
import { ApiAcceptedResponse, ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { ErrorDto } from '../../common/errors/error.dto.js';
import {
  type BarrierProgress,
  type BarrierWatch,
  VERIFIER_STATES,
  type VerifierState,
} from '../../lease/barrier-progress.js';
import { LINES_TYPE } from '../../common/http/preferred-type.js';

/** A revocation that is committed, and may not be in effect everywhere yet. */
export interface CommittedFacts {
  /** Of the token, or of the revocation of many. */
  id: string;
  revokedAt: Date;
  /** Where it stands in the log; null: retention has dropped that. */
  auditSequence: number | null;
}

/** Is told how a revocation takes effect, while its caller waits for that. Only notes it, and never throws. */
export interface RevocationWatch {
  /** It is committed, or an earlier one that was found is. Of several calls the first counts. */
  committed(facts: CommittedFacts): void;
  /** How far the verifiers are. It may be told this before it is told that the revocation is committed. */
  waiting: BarrierWatch;
}

/** The first line: it is committed, and cannot be undone. Verifiers may still accept what it revokes. */
export class RevocationCommittedDto {
  @ApiProperty({ enum: ['committed'] })
  state!: 'committed';

  /** Of the token, or of the revocation of many. */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  revoked_at!: string;

  /** The position of the revocation in the audit log; null: retention has dropped it. */
  @ApiProperty({ type: 'integer', nullable: true, example: 4711 })
  audit_sequence!: number | null;

  static from({ id, revokedAt, auditSequence }: CommittedFacts): RevocationCommittedDto {
    return { state: 'committed', id, revoked_at: revokedAt.toISOString(), audit_sequence: auditSequence };
  }
}

class WaitedForVerifierDto {
  /** The id of its registration, as in signed receipts. It says nothing of where the verifier runs. */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /**
   * `waiting`: it may still accept what is revoked. `confirmed`: it refuses it, with all of its client verifiers.
   * `waited_out`: it did not answer, and its lease and those of its client verifiers have ended.
   */
  @ApiProperty({ enum: VERIFIER_STATES })
  state!: VerifierState;
}

/** How far it has got. A later line replaces an earlier one. */
export class RevocationWaitingDto {
  @ApiProperty({ enum: ['waiting'] })
  state!: 'waiting';

  /** Verifiers that might have remembered what is revoked. */
  @ApiProperty({ type: 'integer', example: 3 })
  registered!: number;

  @ApiProperty({ type: 'integer', example: 2 })
  confirmed!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  waited_out!: number;

  /** Client verifiers of these verifiers, as in the receipt. */
  @ApiProperty({ type: 'integer', example: 12 })
  client_verifiers!: number;

  @ApiProperty({ type: [WaitedForVerifierDto] })
  verifiers!: WaitedForVerifierDto[];

  static from({ verifiers, clientVerifiers }: BarrierProgress): RevocationWaitingDto {
    const count = (wanted: VerifierState): number => verifiers.filter(({ state }) => state === wanted).length;
    return {
      state: 'waiting',
      registered: verifiers.length,
      confirmed: count('confirmed'),
      waited_out: count('waited_out'),
      client_verifiers: clientVerifiers,
      verifiers,
    };
  }
}

/** The last line, unless it failed: it is in effect everywhere. */
export class RevocationDoneDto {
  @ApiProperty({ enum: ['done'] })
  state!: 'done';

  /** What the call answers without lines: with status 201, byte for byte. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  answer!: object;
}

/** The last line, if it failed: it is committed, but not confirmed. Repeat the call. */
export class RevocationFailedDto {
  @ApiProperty({ enum: ['failed'] })
  state!: 'failed';

  /** What the call answers without lines. */
  @ApiProperty({ type: 'integer', example: 503 })
  status!: number;

  /** As in the header `retry-after`; null: there would be none. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  retry_after_seconds!: number | null;

  error!: ErrorDto;
}

const LINES = [RevocationCommittedDto, RevocationWaitingDto, RevocationDoneDto, RevocationFailedDto];

const WHAT_COMES =
  'For a request with `accept: application/x-ndjson`, how it takes effect, a line of JSON at a time: `committed`, then `waiting` whenever a verifier has confirmed or was waited out, at last `done` or `failed`. The status says no more than that it is committed; an answer without `done` is none. What is refused before that is answered as to everybody else.';

/**
 * Documents that a call that revokes also answers as it happens.
 * @param also what else is answered with status 202, as plain JSON
 */
export const AnswersProgress = (also?: { type: Type; description: string }): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(...LINES, ...(also === undefined ? [] : [also.type])),
    ApiAcceptedResponse({
      description: also === undefined ? WHAT_COMES : `${also.description} ${WHAT_COMES}`,
      content: {
        ...(also === undefined ? {} : { 'application/json': { schema: { $ref: getSchemaPath(also.type) } } }),
        [LINES_TYPE]: { schema: { oneOf: LINES.map((line) => ({ $ref: getSchemaPath(line) })) } },
      },
    }),
  );
