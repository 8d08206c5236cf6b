import { registerAs } from '@nestjs/config';
import { flag, integer } from './environment.js';

export const verificationConfig = registerAs('verification', () => ({
  /** Off: the database is asked for every verdict. */
  memoryEnabled: flag('RESCIND_VERDICT_MEMORY', true),
  activeVerdictsMax: integer('RESCIND_VERDICTS_MAX', 1_000_000, 100, 20_000_000),
  /** Kept apart, so that guessing cannot push good verdicts out. */
  negativeVerdictsMax: integer('RESCIND_NEGATIVE_VERDICTS_MAX', 50_000, 100, 5_000_000),
  lastUsedFlushMs: integer('RESCIND_LAST_USED_FLUSH_MS', 5000, 100, 600_000),
}));
