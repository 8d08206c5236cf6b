import { applyDecorators, Header } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { BusinessRoute, Refusals } from '../../auth/route.decorator.js';

/** A route of a business that answers with a signed receipt, as `application/jwt` (RFC 7519 §10.3.1). */
export const ReceiptRoute = (): MethodDecorator =>
  applyDecorators(
    BusinessRoute('rescind:tokens:read'),
    Header('content-type', 'application/jwt'),
    ApiOkResponse({
      description: 'The receipt.',
      content: {
        'application/jwt': {
          schema: { type: 'string', pattern: '^[\\w-]+(\\.[\\w-]+){2}$' },
          example: 'header.payload.signature',
        },
      },
    }),
    Refusals(404),
  );
