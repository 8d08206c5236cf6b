import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { PageDto } from '../../common/page.dto.js';
import { ToBoolean, PageQueryDto } from '../../common/page-query.dto.js';
import { TokenSelectorDto } from '../selection/token-selector.dto.js';
import { TOKEN_SORTS, type TokenSort } from '../token-sort.js';
import { TokenInfoDto } from './token-info.dto.js';

export class ListTokensDto extends IntersectionType(TokenSelectorDto, PageQueryDto) {
  /** Include revoked tokens. Ignored if `status` is given. */
  @ApiPropertyOptional({ type: Boolean, default: false })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  include_revoked?: boolean;

  @ApiPropertyOptional({ enum: TOKEN_SORTS, default: 'created_at' })
  @IsOptional()
  @IsIn(TOKEN_SORTS, { message: `Input should be one of ${TOKEN_SORTS.join(', ')}` })
  sort_by: TokenSort = 'created_at';

  @ApiPropertyOptional({ default: true })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  descending: boolean = true;

  /**
   * Count what matches, on all pages: up to 10,000, and among the newest 50,000 that filters have to be compared with.
   * `total_exceeded` says that counting ended there.
   */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  include_total_count: boolean = false;
}

export class TokenPageDto extends PageDto {
  items!: TokenInfoDto[];
}
