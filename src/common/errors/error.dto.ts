import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Why a request was refused. */
export class ErrorDto {
  /** A sentence for people. */
  @ApiProperty({ example: 'Resource not found' })
  detail!: string;

  /** Stable, for programs. */
  @ApiProperty({ example: 'token.not_found' })
  code!: string;

  @ApiProperty({ example: '0199c0de-0000-7000-8000-000000000000' })
  request_id!: string;

  /** Of `revocation.set_changed`: how many tokens were shown. */
  @ApiPropertyOptional({ type: 'integer' })
  tokens_planned?: number;

  /** Of `revocation.set_changed`: how many match now. */
  @ApiPropertyOptional({ type: 'integer' })
  tokens_now?: number;
}

class InputIssueDto {
  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    example: ['body', 'name'],
  })
  loc!: (string | number)[];

  @ApiProperty({ example: 'Field required' })
  msg!: string;

  @ApiProperty({ example: 'missing' })
  type!: string;
}

/** What is wrong with the input, field by field. */
export class InputErrorDto {
  @ApiProperty({ type: [InputIssueDto] })
  detail!: InputIssueDto[];

  @ApiProperty({ example: 'input.invalid' })
  code!: string;

  @ApiProperty({ example: '0199c0de-0000-7000-8000-000000000000' })
  request_id!: string;
}
