import { refusal, type DomainError } from '../common/errors/domain-error.js';

/** The Idempotency-Key of the call was used for another request. */
export function keyReused(): DomainError {
  return refusal('input.invalid', {
    issues: [
      {
        loc: ['header', 'idempotency-key'],
        msg: 'Input should be a key that was not used for another request',
        type: 'idempotency_key_reused',
      },
    ],
  });
}
