import { applyDecorators, type Type } from '@nestjs/common';
import { ApiAcceptedResponse, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { LINES_TYPE } from '../../common/http/preferred-type.js';
import {
  RevocationCommittedDto,
  RevocationDoneDto,
  RevocationFailedDto,
  RevocationWaitingDto,
} from './revocation-progress.dto.js';

const LINES = [RevocationCommittedDto, RevocationWaitingDto, RevocationDoneDto, RevocationFailedDto];

const WHAT_COMES =
  'For a request with `accept: application/x-ndjson`, how it takes effect, a line of JSON at a time: `committed`, then `waiting` whenever a verifier has confirmed or was waited out, at last `done` or `failed`. The status says no more than that it is committed; an answer without `done` is none. What is refused before that is answered as to everybody else.';

/**
 * Documents that a call that revokes also answers as it happens.
 * @param also what else is answered with status 202, as plain JSON
 */
export const AnswersProgress = (also?: { type: Type; description: string }): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(...LINES, ...(also === undefined ? [] : [also.type])),
    ApiAcceptedResponse({
      description: also === undefined ? WHAT_COMES : `${also.description} ${WHAT_COMES}`,
      content: {
        ...(also === undefined ? {} : { 'application/json': { schema: { $ref: getSchemaPath(also.type) } } }),
        [LINES_TYPE]: { schema: { oneOf: LINES.map((line) => ({ $ref: getSchemaPath(line) })) } },
      },
    }),
  );
