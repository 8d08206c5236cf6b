import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, ValidateNested } from 'class-validator';
import { ActiveVerdictDto, InactiveVerdictDto, VerifyTokenDto } from './verify-token.dto.js';

const BATCH_SIZE_MAX = 100;

export class VerifyBatchDto {
  /** The secrets to verify, each as by the operation for one. */
  @ApiProperty({
    type: [VerifyTokenDto],
    minItems: 1,
    maxItems: BATCH_SIZE_MAX,
    example: [{ token: 'dz_<public id>_<random>_<checksum>' }],
  })
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMinSize(1, { message: 'List should have at least 1 item' })
  @ArrayMaxSize(BATCH_SIZE_MAX, { message: `List should have at most ${BATCH_SIZE_MAX} items` })
  @IsObject({ each: true, message: 'Input should be an object' })
  @ValidateNested({ each: true, message: 'Input should be an object' })
  @Type(() => VerifyTokenDto)
  items!: VerifyTokenDto[];
}

@ApiExtraModels(ActiveVerdictDto, InactiveVerdictDto)
export class VerdictBatchDto {
  /** The verdicts, in the order of the secrets. */
  @ApiProperty({
    type: 'array',
    items: {
      oneOf: [{ $ref: getSchemaPath(ActiveVerdictDto) }, { $ref: getSchemaPath(InactiveVerdictDto) }],
    },
  })
  items!: (ActiveVerdictDto | InactiveVerdictDto)[];
}
