import { applyDecorators, Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../auth/caller.js';
import { BusinessRoute, PlatformRoute, Refusals } from '../auth/route.decorator.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { UuidParam } from '../common/uuid.pipe.js';
import { TLOG_PROOF_CONTENT_TYPE } from '../log-format/transparency/tlog-proof.js';
import {
  AnchorDto,
  CheckpointQueryDto,
  ConsistencyDto,
  ConsistencyQueryDto,
  LogKeyDto,
} from './audit-proof.dto.js';
import { Proofs } from '../audit/proofs/proofs.js';
import { Anchors } from '../audit/witnesses/anchors.js';
import { AuditProofsService } from './audit-proofs.service.js';

/** A route that answers with a text file in one of C2SP's formats. */
function AnswersText(description: string): MethodDecorator {
  return applyDecorators(
    Header('content-type', TLOG_PROOF_CONTENT_TYPE),
    ApiOkResponse({ description, content: { 'text/plain': { schema: { type: 'string' } } } }),
  );
}

/** Checkpoints and proofs of the log of a business. */
@ApiTags('audit')
@BusinessRoute('rescind:audit:read')
@Controller('api/v1/audit')
export class AuditProofsController {
  constructor(
    private readonly service: AuditProofsService,
    private readonly proofs: Proofs,
    private readonly anchors: Anchors,
  ) {}

  @Get('checkpoint')
  @ApiOperation({
    operationId: 'getAuditCheckpoint',
    summary: 'The latest checkpoint of the log',
    description:
      'A C2SP tlog-checkpoint, signed with Ed25519, over all that is recorded at this moment. Keep it: a later export is checked against it.',
  })
  @AnswersText('The signed note.')
  checkpoint(@CurrentBusinessCaller() { businessId }: BusinessCaller): Promise<string> {
    return this.proofs.checkpoint(businessId);
  }

  @Get('key')
  @ApiOperation({ operationId: 'getAuditKey', summary: 'The public key of the log' })
  @ApiOkResponse({
    type: LogKeyDto,
    description: 'The key. Get it once, from somebody you trust, and keep it.',
  })
  key(@CurrentBusinessCaller() { businessId }: BusinessCaller): LogKeyDto {
    return this.service.key(businessId);
  }

  @Get('anchor')
  @ApiOperation({
    operationId: 'getAuditAnchor',
    summary: "Prove that a checkpoint of the log is in the platform's log",
    description:
      "The latest checkpoint that was anchored there, for `rescind audit verify --anchor`: whoever witnesses the platform's log witnesses this one with it.",
  })
  @ApiOkResponse({ type: AnchorDto, description: 'The anchor.' })
  @Refusals(404)
  anchor(@CurrentBusinessCaller() { businessId }: BusinessCaller): Promise<AnchorDto> {
    return this.anchors.ofLog(businessId);
  }

  @Get('consistency')
  @ApiOperation({
    operationId: 'getAuditConsistency',
    summary: 'Prove that the log only grew between two checkpoints',
  })
  @ApiOkResponse({ type: ConsistencyDto, description: 'The proof.' })
  consistency(
    @CurrentBusinessCaller() { businessId }: BusinessCaller,
    @Query() query: ConsistencyQueryDto,
  ): Promise<ConsistencyDto> {
    return this.service.consistency(businessId, query);
  }

  @Get('events/:event_id/proof')
  @ApiOperation({
    operationId: 'getAuditProof',
    summary: 'Prove that an event is in the log',
    description: 'A C2SP tlog-proof under the latest checkpoint.',
  })
  @AnswersText('The proof file.')
  @Refusals(404)
  inclusion(
    @CurrentBusinessCaller() { businessId }: BusinessCaller,
    @UuidParam('event_id') eventId: string,
  ): Promise<string> {
    return this.service.inclusion(businessId, eventId);
  }
}

/** Checkpoints and proofs of the platform's own log. */
@ApiTags('audit')
@PlatformRoute()
@Controller('api/v1/admin/audit')
export class PlatformAuditProofsController {
  constructor(
    private readonly service: AuditProofsService,
    private readonly proofs: Proofs,
  ) {}

  @Get('checkpoint')
  @ApiOperation({
    operationId: 'getPlatformAuditCheckpoint',
    summary: "The latest checkpoint of the platform's log",
    description:
      'With the cosignatures of witnesses that it has. They follow within a moment: `cosigned=true` asks for the latest that has the quorum.',
  })
  @AnswersText('The signed note.')
  checkpoint(@Query() { cosigned }: CheckpointQueryDto): Promise<string> {
    return cosigned ? this.proofs.cosignedCheckpoint(PLATFORM_LOG) : this.proofs.checkpoint(PLATFORM_LOG);
  }

  @Get('key')
  @ApiOperation({ operationId: 'getPlatformAuditKey', summary: "The public key of the platform's log" })
  @ApiOkResponse({ type: LogKeyDto, description: 'The key.' })
  key(): LogKeyDto {
    return this.service.key(PLATFORM_LOG);
  }

  @Get('consistency')
  @ApiOperation({
    operationId: 'getPlatformAuditConsistency',
    summary: "Prove that the platform's log only grew between two checkpoints",
  })
  @ApiOkResponse({ type: ConsistencyDto, description: 'The proof.' })
  consistency(@Query() query: ConsistencyQueryDto): Promise<ConsistencyDto> {
    return this.service.consistency(PLATFORM_LOG, query);
  }

  @Get('events/:event_id/proof')
  @ApiOperation({
    operationId: 'getPlatformAuditProof',
    summary: "Prove that an event is in the platform's log",
  })
  @AnswersText('The proof file.')
  @Refusals(404)
  inclusion(@UuidParam('event_id') eventId: string): Promise<string> {
    return this.service.inclusion(PLATFORM_LOG, eventId);
  }
}
