import { ApiProperty } from '@nestjs/swagger';
import { IsAnyText, IsText } from '../../common/text.decorator.js';

const CODE_LENGTH_MAX = 100;

export class RecoverDto {
  /** The id or the slug of the business. */
  @IsText({ max: 64, example: 'acme' })
  business!: string;

  /** As printed by `rescind recovery-code`; case, dashes and spaces do not matter. */
  @IsAnyText(CODE_LENGTH_MAX, { example: 'a recovery code' })
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
