import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import type { Caller } from '../auth/caller.js';
import { Changes } from '../changes/changes.js';
import { type ExportRequest, Exports } from '../audit/export/exports.js';
import { businessIdOf } from '../audit/sealing/checkpoint-notes.js';
import { AuditFilterReader, describeFilter } from './audit-filter-reader.js';
import type { ExportQueryDto } from './audit-query.dto.js';
import { LongAnswers } from './long-answers.js';

const ACCEPTS_GZIP = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i;

export interface ExportAnswer {
  stream: Readable;
  headers: Record<string, string>;
}

const CONTENT_TYPES = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** Exports over HTTP. The export is recorded before anything is read, so it contains its own record. */
@Injectable()
export class AuditExportService {
  constructor(
    private readonly changes: Changes,
    private readonly exports: Exports,
    private readonly filters: AuditFilterReader,
    private readonly answers: LongAnswers,
  ) {}

  /** The export of one log, with its proof. */
  async export(
    caller: Caller,
    logId: string,
    query: ExportQueryDto,
    request: AuthenticatedRequest,
  ): Promise<ExportAnswer> {
    const { format } = query;
    const businessId = businessIdOf(logId);
    const filter = await this.filters.read(businessId, query);
    await this.record(caller, logId, query);
    // A range alone leaves nothing out between its ends, and the log is not its content.
    const content = { ...query, sequence_from: undefined, sequence_to: undefined, business_id: undefined };
    const pieces = await this.exports.begin(logId, {
      filter,
      filterText: describeFilter(content) || null,
      compareAt: query.compare_at ?? null,
      format,
      reading: (read) => this.answers.read(request, businessId ?? 'platform', read),
    });
    return this.answer(pieces, businessId ?? 'platform', query, request);
  }

  /** The events of all logs. */
  async exportAll(
    caller: Caller,
    query: ExportQueryDto,
    request: AuthenticatedRequest,
  ): Promise<ExportAnswer> {
    const filter = await this.filters.read(null, query);
    await this.record(caller, null, query);
    const reading: ExportRequest['reading'] = (read) => this.answers.read(request, 'platform', read);
    const pieces = this.exports.beginAcross({ filter, format: query.format, reading });
    return this.answer(pieces, 'all', query, request);
  }

  private answer(
    pieces: AsyncGenerator<string>,
    ofWhom: string,
    { format, gzip }: ExportQueryDto,
    request: AuthenticatedRequest,
  ): ExportAnswer {
    const lines = Readable.from(this.answers.inTurns(ofWhom, pieces), { objectMode: true, highWaterMark: 1 });
    this.answers.breakOffAtShutdown(lines);
    const encoded = ACCEPTS_GZIP.test(String(request.headers['accept-encoding'] ?? ''));
    return {
      stream: gzip || encoded ? zipped(lines) : lines,
      headers: {
        'content-type': gzip ? 'application/gzip' : CONTENT_TYPES[format],
        'content-disposition': `attachment; filename="audit-${ofWhom}.${format}${gzip ? '.gz' : ''}"`,
        vary: 'accept-encoding',
        ...(encoded && !gzip ? { 'content-encoding': 'gzip' } : {}),
      },
    };
  }

  /** @param logId null: all of them, which the platform's log remembers */
  private async record(caller: Caller, logId: string | null, query: ExportQueryDto): Promise<void> {
    const details = { filter: describeFilter(query), format: query.format };
    await this.changes.make(caller, logId === null ? null : businessIdOf(logId), 'unconcerned', (change) => {
      change.record({ action: 'audit.exported', target: { kind: 'audit', id: logId }, details });
    });
  }
}

function zipped(lines: Readable): Readable {
  const gzip = createGzip();
  lines.once('error', (error) => gzip.destroy(error));
  gzip.once('close', () => lines.destroy());
  return lines.pipe(gzip);
}
