import { applyDecorators, Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { CurrentBusinessCaller, CurrentCaller, type BusinessCaller, type Caller } from '../auth/caller.js';
import { BusinessRoute, PlatformRoute } from '../auth/route.decorator.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { ExportQueryDto, PlatformExportQueryDto } from './audit-export.dto.js';
import { logIdOf } from './log-id.js';
import { LongAnswer } from './long-answer.guard.js';
import { AuditExportService, type ExportAnswer } from './audit-export.service.js';

const TEXT = { schema: { type: 'string' } } as const;

const AnswersExport = (): MethodDecorator =>
  applyDecorators(
    ApiOkResponse({
      description:
        'The export, streamed. NDJSON ends with the checkpoint; verify it with `rescind audit verify`. An answer that broke off has no such end.',
      content: { 'application/x-ndjson': TEXT, 'text/csv': TEXT, 'application/gzip': TEXT },
    }),
  );

const send = ({ stream, headers }: ExportAnswer, reply: FastifyReply): FastifyReply =>
  reply.headers(headers).send(stream);

@ApiTags('audit')
@Controller('api/v1')
export class AuditExportController {
  constructor(private readonly exports: AuditExportService) {}

  @Get('audit/export')
  @LongAnswer('exports')
  @BusinessRoute('rescind:audit:read')
  @ApiOperation({ operationId: 'exportAuditLog', summary: 'Export the log of the business, with its proof' })
  @AnswersExport()
  async ofBusiness(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: ExportQueryDto,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    void send(await this.exports.export(caller, caller.businessId, query, request), reply);
  }

  @Get('admin/audit/export')
  @LongAnswer('exports')
  @PlatformRoute()
  @ApiOperation({
    operationId: 'exportPlatformAuditLog',
    summary: "Export the platform's own log or that of a business, with its proof, or the events of all logs",
  })
  @AnswersExport()
  async ofPlatform(
    @CurrentCaller() caller: Caller,
    @Query() query: PlatformExportQueryDto,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer =
      query.business_id === 'all'
        ? await this.exports.exportAll(caller, query, request)
        : await this.exports.export(caller, logIdOf(query.business_id) ?? PLATFORM_LOG, query, request);
    void send(answer, reply);
  }
}
