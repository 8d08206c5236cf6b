import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { IsAnyText, IsText } from '../common/text.decorator.js';
import { SECRET_LENGTH_MAX } from '../secrets/secret-format.js';

const LEAKS_MAX = 100;

class LeakDto {
  /** The secret that was found. It is verified, and neither stored nor repeated. */
  @IsAnyText(SECRET_LENGTH_MAX, { example: 'what was found' })
  secret!: string;

  /** Where it was found. */
  @IsOptional()
  @IsText({
    min: 0,
    max: 1024,
    nullable: true,
    secretsAreLeftOut: true,
    example: 'https://paste.example/4711',
  })
  url?: string | null;

  /** The kind of that place. */
  @IsOptional()
  @IsText({ min: 0, max: 255, nullable: true, secretsAreLeftOut: true, example: 'paste' })
  source?: string | null;
}

export class ReportLeaksDto {
  @ApiProperty({
    type: [LeakDto],
    minItems: 1,
    maxItems: LEAKS_MAX,
    example: [{ secret: 'what was found', url: 'https://paste.example/4711' }],
  })
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMinSize(1, { message: 'List should have at least 1 item' })
  @ArrayMaxSize(LEAKS_MAX, { message: `List should have at most ${LEAKS_MAX} items` })
  @IsObject({ each: true, message: 'Input should be an object' })
  @ValidateNested({ each: true, message: 'Input should be an object' })
  @Type(() => LeakDto)
  leaks!: LeakDto[];
}

export class LeaksReceivedDto {
  /** How many were reported; not how many were secrets of tokens. */
  @ApiProperty({ example: 1 })
  received!: number;
}
