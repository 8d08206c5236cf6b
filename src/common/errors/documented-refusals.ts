import { applyDecorators, type Type } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

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
