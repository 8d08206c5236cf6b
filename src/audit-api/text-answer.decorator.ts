import { applyDecorators, Header } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { TLOG_PROOF_CONTENT_TYPE } from '../log-format/transparency/tlog-proof.js';

/** A route that answers with a text file in one of C2SP's formats. */
export function AnswersText(description: string): MethodDecorator {
  return applyDecorators(
    Header('content-type', TLOG_PROOF_CONTENT_TYPE),
    ApiOkResponse({ description, content: { 'text/plain': { schema: { type: 'string' } } } }),
  );
}
