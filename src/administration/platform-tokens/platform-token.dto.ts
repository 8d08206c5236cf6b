import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import { IsText } from '../../common/text.decorator.js';
import { TokenInfoDto } from '../../tokens/dto/token-info.dto.js';

export class IssuePlatformTokenDto {
  @IsText({ max: 255, example: 'provisioning' })
  name!: string;

  /** Days until it expires; null or omitted: never. */
  @ApiPropertyOptional({ type: 'integer', nullable: true, minimum: 1, maximum: 365 })
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(1, { message: 'Input should be greater than or equal to 1' })
  @Max(365, { message: 'Input should be less than or equal to 365' })
  expires_in_days?: number | null;
}

export class PlatformTokenListDto {
  @ApiProperty({ type: [TokenInfoDto] })
  items!: TokenInfoDto[];
}
