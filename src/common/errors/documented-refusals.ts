import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiResponse } from '@nestjs/swagger';

type Refusals<Status extends number> = (...statuses: Status[]) => MethodDecorator & ClassDecorator;

/**
 * Makes the decorator that documents the refusals of an operation in one dialect.
 * @param descriptions what each status means there
 * @param typeOf the body that it has
 * @param always the statuses that every operation of the dialect may answer
 */
export function documentedRefusals<Status extends number>(
  descriptions: Readonly<Record<Status, string>>,
  typeOf: (status: Status) => Type<unknown>,
  always: readonly NoInfer<Status>[] = [],
): Refusals<Status> {
  return (...statuses) =>
    applyDecorators(
      ...[...always, ...statuses].map((status) =>
        ApiResponse({ status, description: descriptions[status], type: typeOf(status) }),
      ),
    );
}

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
