import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import type { Caller } from '../../auth/caller.js';
import { Changes } from '../../changes/changes.js';
import { Exports } from '../export/exports.js';
import { businessIdOf } from '../sealing/checkpoint-notes.js';
import { AuditFilterReader, describeFilter } from './audit-filter-reader.js';
import type { ExportQueryDto } from './audit-export.dto.js';
import { OpenStreams } from './open-streams.js';
import { StandingPermission } from './standing-permission.js';

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
    private readonly permission: StandingPermission,
    private readonly streams: OpenStreams,
  ) {}

  async export(
    caller: Caller,
    logId: string,
    query: ExportQueryDto,
    request: AuthenticatedRequest,
  ): Promise<ExportAnswer> {
    const { format } = query;
    const filter = await this.filters.read(businessIdOf(logId), query);
    await this.record(caller, logId, query);
    // A range alone leaves nothing out between its ends.
    const content = { ...query, sequence_from: undefined, sequence_to: undefined };
    const pieces = await this.exports.begin(logId, {
      filter,
      filterText: describeFilter(content) || null,
      compareAt: query.compare_at ?? null,
      format,
      reading: (read) => this.permission.read(request, businessIdOf(logId) ?? 'platform', read),
    });
    const lines = Readable.from(pieces, { objectMode: true, highWaterMark: 1 });
    this.streams.breakOffAtShutdown(lines);
    const encoded = ACCEPTS_GZIP.test(String(request.headers['accept-encoding'] ?? ''));
    const stream = query.gzip || encoded ? zipped(lines) : lines;
    const name = `audit-${businessIdOf(logId) ?? 'platform'}.${format}${query.gzip ? '.gz' : ''}`;
    return {
      stream,
      headers: {
        'content-type': query.gzip ? 'application/gzip' : CONTENT_TYPES[format],
        'content-disposition': `attachment; filename="${name}"`,
        vary: 'accept-encoding',
        ...(encoded && !query.gzip ? { 'content-encoding': 'gzip' } : {}),
      },
    };
  }

  private async record(caller: Caller, logId: string, query: ExportQueryDto): Promise<void> {
    const details = { filter: describeFilter(query), format: query.format };
    await this.changes.make(caller, businessIdOf(logId), (change) => {
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
