import { Module } from '@nestjs/common';
import { IdempotencyKeysRepository } from './idempotency-keys.repository.js';
import { Idempotency } from './idempotency.js';
import { KeyedCalls } from './keyed-calls.js';

/** A repeated call is answered once: what was done under a key. */
@Module({
  providers: [Idempotency, IdempotencyKeysRepository, KeyedCalls],
  exports: [Idempotency, KeyedCalls],
})
export class IdempotencyModule {}
