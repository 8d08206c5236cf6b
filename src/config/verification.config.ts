import { registerAs } from '@nestjs/config';
import { flag, integer } from './environment.js';

export const verifierStreamConfig = registerAs('verifierStream', () => ({
  /** Client verifiers that may be connected to this process. */
  streamsMax: integer('RESCIND_VERIFIER_STREAMS_MAX', 1000, 1, 100_000),
}));

/** Kept apart, so that guessing cannot push good verdicts out. */
const NEGATIVE_PART = 1 / 20;
const verdictsMax = (): number => integer('RESCIND_VERDICTS_MAX', 1_000_000, 100, 20_000_000);

export const verificationConfig = registerAs('verification', () => ({
  /** Off: the database is asked for every verdict. */
  memoryEnabled: flag('RESCIND_VERDICT_MEMORY', true),
  activeVerdictsMax: verdictsMax(),
  negativeVerdictsMax: Math.ceil(verdictsMax() * NEGATIVE_PART),
  lastUsedFlushMs: integer('RESCIND_LAST_USED_FLUSH_MS', 5000, 100, 600_000),
}));
