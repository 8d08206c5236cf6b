import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PlatformRoute, Refusals } from '../auth/route.decorator.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { CheckpointQueryDto, ConsistencyDto, ConsistencyQueryDto, LogKeyDto } from './audit-proof.dto.js';
import { AuditProofsService } from './audit-proofs.service.js';
import { AnswersText } from './text-answer.decorator.js';

/** Checkpoints and proofs of the platform's own log. */
@ApiTags('audit')
@PlatformRoute()
@Controller('api/v1/admin/audit')
export class PlatformAuditProofsController {
  constructor(private readonly proofs: AuditProofsService) {}

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
    return this.proofs.key(PLATFORM_LOG);
  }

  @Get('consistency')
  @ApiOperation({
    operationId: 'getPlatformAuditConsistency',
    summary: "Prove that the platform's log only grew between two checkpoints",
  })
  @ApiOkResponse({ type: ConsistencyDto, description: 'The proof.' })
  consistency(@Query() query: ConsistencyQueryDto): Promise<ConsistencyDto> {
    return this.proofs.consistency(PLATFORM_LOG, query);
  }

  @Get('events/:event_id/proof')
  @ApiOperation({
    operationId: 'getPlatformAuditProof',
    summary: "Prove that an event is in the platform's log",
  })
  @AnswersText('The proof file.')
  @Refusals(404)
  inclusion(@Param('event_id', UuidPipe) eventId: string): Promise<string> {
    return this.proofs.inclusion(PLATFORM_LOG, eventId);
  }
}
