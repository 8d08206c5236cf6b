import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, Matches } from 'class-validator';
import { ToBoolean } from '../common/page-query.dto.js';
import type { ExportFormat } from '../audit/export/exports.js';
import { AuditFilterDto, IsSequence } from './audit-query.dto.js';

/** The same filters as the list. To resume a broken export, ask from the sequence after the last one that arrived. */
export class ExportQueryDto extends AuditFilterDto {
  /** `ndjson` carries its own proof; `csv` is for spreadsheets. */
  @ApiPropertyOptional({ enum: ['ndjson', 'csv'], default: 'ndjson' })
  @IsOptional()
  @IsIn(['ndjson', 'csv'], { message: "Input should be 'ndjson' or 'csv'" })
  format: ExportFormat = 'ndjson';

  /**
   * The size of a checkpoint that was kept, so that NDJSON can be compared with it even where it does not show the
   * events: before the range, outside the filter, or dropped by retention.
   */
  @IsSequence()
  compare_at?: number;

  /** Answer a gzip file. Without it the answer is compressed in transit when Accept-Encoding allows it. */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  gzip: boolean = false;
}

export class PlatformExportQueryDto extends ExportQueryDto {
  /**
   * The business whose log it is; `platform`, and unless given: the platform's own. `all`: the events of all logs by
   * time, one a line, without the proof that belongs to a single log.
   */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(/^(all|platform|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i, {
    message: "Input should be a valid UUID, 'platform' or 'all'",
  })
  business_id?: string;
}
