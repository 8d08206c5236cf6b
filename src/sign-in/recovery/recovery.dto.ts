import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsText } from '../../common/text.decorator.js';

const CODE_LENGTH_MAX = 100;

export class RecoverDto {
  /** The id or the slug of the business. */
  @IsText({ max: 64, example: 'acme' })
  business!: string;

  /** As printed by `rescind recovery-code`; case, dashes and spaces do not matter. */
  @ApiProperty({ maxLength: CODE_LENGTH_MAX, example: 'a recovery code' })
  @IsString({ message: 'Input should be a valid string' })
  @MaxLength(CODE_LENGTH_MAX, { message: `String should have at most ${CODE_LENGTH_MAX} characters` })
  code!: string;
}

export class RecoveredDto {
  @ApiProperty({ format: 'uuid' })
  session_id!: string;

  @ApiProperty({ format: 'uuid' })
  business_id!: string;

  /** When the session ends, whoever uses it. */
  @ApiProperty({ format: 'date-time' })
  expires_at!: string;
}
