import { Module } from '@nestjs/common';
import { IdempotencyKeysRepository } from './idempotency-keys.repository.js';
import { Idempotency } from './idempotency.js';

/** A repeated call is answered once: what was done under a key. */
@Module({
  providers: [Idempotency, IdempotencyKeysRepository],
  exports: [Idempotency],
})
export class IdempotencyModule {}
