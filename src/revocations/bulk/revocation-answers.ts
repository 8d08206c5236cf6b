import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { Refusals } from '../../auth/route.decorator.js';
import { AnswersProgress } from '../progress/answers-progress.decorator.js';
import { RevocationPreviewDto } from './revocation-preview.dto.js';
import { RevocationDto, RevocationWithReceiptDto } from './revocation.dto.js';

/** What became of it. */
export function statusOf(answer: RevocationPreviewDto | RevocationWithReceiptDto): 200 | 201 | 202 {
  if ('preview' in answer) return 200;
  return answer.revoked_at === null ? 202 : 201;
}

const AnswersMade = (): MethodDecorator =>
  applyDecorators(
    ApiCreatedResponse({
      type: RevocationWithReceiptDto,
      description: 'The tokens are revoked, and no verifier accepts any of them any more.',
    }),
    Refusals(404, 409, 413, 415),
  );

/** Documents what an approval of a revocation of many tokens answers. */
export const AnswersApproval = (): MethodDecorator => applyDecorators(AnswersProgress(), AnswersMade());

/** Documents what declining a revocation of many tokens answers. */
export const AnswersDecline = (): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    ApiOkResponse({
      type: RevocationDto,
      description: 'It is declined, by this call or an earlier one, whose author and reason stand.',
    }),
    Refusals(404, 409, 413, 415),
  );

/** Documents what a revocation of many tokens answers. */
export const AnswersRevocation = (): MethodDecorator =>
  applyDecorators(
    ApiOkResponse({ type: RevocationPreviewDto, description: 'A preview: nothing is revoked.' }),
    AnswersProgress({
      type: RevocationWithReceiptDto,
      description: 'Nothing is revoked: a second person has to approve it.',
    }),
    AnswersMade(),
  );
