import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, Matches } from 'class-validator';
import { ToBoolean } from '../common/page-query.dto.js';
import type { ExportFormat } from '../audit/export/exports.js';
import { AuditFilterDto, IsSequence } from './audit-query.dto.js';

/** The same filters as the list. To resume a broken export, ask from the sequence after the last one that arrived. */
export class ExportQueryDto extends AuditFilterDto {
  /** `ndjson` contains its own proof; `csv` is for spreadsheets. */
  @ApiPropertyOptional({ enum: ['ndjson', 'csv'], default: 'ndjson' })
  @IsOptional()
  @IsIn(['ndjson', 'csv'], { message: "Input should be 'ndjson' or 'csv'" })
  format: ExportFormat = 'ndjson';

  /**
   * The size of a checkpoint that you keep. NDJSON can then be compared with it even if events are not shown: before the
   * range, outside the filter, or dropped by retention.
   */
  @IsSequence()
  compare_at?: number;

  /** Answer with a gzip file. Without it the answer is compressed in transit if Accept-Encoding allows it. */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  gzip: boolean = false;
}

export class PlatformExportQueryDto extends ExportQueryDto {
  /**
   * The business whose log is exported. `platform`, the default: the platform's own log. `all`: the events of all logs
   * by time, one on each line, without a proof.
   */
  @IsOptional()
  @Matches(/^(all|platform|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i, {
    message: "Input should be a valid UUID, 'platform' or 'all'",
  })
  business_id?: string;
}
