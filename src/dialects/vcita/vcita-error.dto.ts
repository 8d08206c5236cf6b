import { ApiProperty } from '@nestjs/swagger';

/** Why a request was refused. */
export class VcitaErrorDto {
  @ApiProperty({ enum: ['Error'] })
  status!: 'Error';

  /** A sentence for people. */
  @ApiProperty({ example: 'invalid token' })
  error!: string;

  /** The same sentence. */
  @ApiProperty({ example: 'invalid token' })
  message!: string;
}
