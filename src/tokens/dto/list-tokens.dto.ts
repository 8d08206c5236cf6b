import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { PageDto } from '../../common/page.dto.js';
import { BooleanWord, PageQueryDto } from '../../common/page-query.dto.js';
import { IsText } from '../../common/text.decorator.js';
import { TOKEN_SORTS, type TokenSort } from '../token-sort.js';
import { TokenInfoDto } from './token-info.dto.js';

export class ListTokensDto extends PageQueryDto {
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @BooleanWord()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  include_revoked: boolean = false;

  @ApiPropertyOptional({ enum: TOKEN_SORTS, default: 'created_at' })
  @IsOptional()
  @IsIn(TOKEN_SORTS, { message: `Input should be one of ${TOKEN_SORTS.join(', ')}` })
  sort_by: TokenSort = 'created_at';

  @ApiPropertyOptional({ default: true })
  @IsOptional()
  @BooleanWord()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  descending: boolean = true;

  /** Counts all that match; costs more the more there are. */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @BooleanWord()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  include_total_count: boolean = false;

  /** The tokens of this member, or `*` for all of the business (owners, admins, auditors and the platform only). */
  @IsOptional()
  @IsText({ max: 320, example: 'ada@example.com' })
  owner_email?: string;
}

export class TokenPageDto extends PageDto {
  items!: TokenInfoDto[];
}
