import { ApiHeader } from '@nestjs/swagger';
import { IDEMPOTENCY_KEY, USER_EMAIL_HEADER } from './caller.js';

/** Documents the header under whose name a call can be repeated. @param what a repeated call does */
export const TakesIdempotencyKey = (what: string): MethodDecorator & ClassDecorator =>
  ApiHeader({
    name: 'idempotency-key',
    required: false,
    description: `A name for this call, so that it can be repeated within 24 hours when its answer was lost${what}`,
    schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
  });

/** Documents the header that claims on whose behalf something is revoked. */
export const TakesClaimedUser = (): MethodDecorator & ClassDecorator =>
  ApiHeader({
    name: USER_EMAIL_HEADER,
    required: false,
    description:
      'Whom the call is made for: a claim, kept as `claimed_user` in the audit log. `revoked_by` is what a platform token claims; any other is its own owner.',
    schema: { type: 'string', format: 'email' },
  });
