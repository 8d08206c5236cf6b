import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Why a request was refused. */
export class InfisicalErrorDto {
  @ApiProperty({ pattern: '^req-[0-9A-Za-z]{14}$', example: 'req-0123456789abcd' })
  reqId!: string;

  @ApiProperty({ type: 'integer', example: 404 })
  statusCode!: number;

  /** A sentence for people. */
  @ApiProperty({ example: 'Resource not found' })
  message!: string;

  @ApiProperty({ example: 'NotFound' })
  error!: string;

  /** For PermissionDenied: the scope that would have been needed. */
  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  details?: Record<string, unknown>[];
}

class InfisicalIssueDto {
  @ApiProperty({ example: 'int_type' })
  code!: string;

  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    example: ['accessTokenTTL'],
  })
  path!: (string | number)[];

  @ApiProperty({ example: 'Input should be a valid integer' })
  message!: string;
}

/** What is wrong with the input, field by field. */
export class InfisicalInputErrorDto {
  @ApiProperty({ pattern: '^req-[0-9A-Za-z]{14}$', example: 'req-0123456789abcd' })
  reqId!: string;

  @ApiProperty({ type: 'integer', enum: [422] })
  statusCode!: number;

  @ApiProperty({ type: [InfisicalIssueDto] })
  message!: InfisicalIssueDto[];

  @ApiProperty({ enum: ['ValidationFailure'] })
  error!: string;
}
