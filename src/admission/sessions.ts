import { ConfigError } from '../config/environment.js';
import { LIMITS } from './limits.js';

/** How many transactions of each kind may be under way, where callers share them (common/batcher.ts). */
export const BATCHES = {
  /** Statements at a time: the database works on one while this process reads the answer to the other. */
  lookUps: { atOnce: 2, stalled: 1 },
  shared: { atOnce: 1, stalled: 1 },
  ends: { atOnce: 1, stalled: 2 },
} as const;

/** Sealing, retention, records of what failed and of what was denied. */
const BACKGROUND = 4;
/** One for one business, and one for the others. */
const MANAGEMENT_MIN = 2;

/**
 * How the sessions of a process are divided (docs/adr/0038). What is under way at once in one lane has a session of it, so
 * that nothing that was let in waits for a session; what uses the default sessions beside management leaves them enough.
 * @throws ConfigError when too few are left for management
 */
export function sessionsOf(poolMax: number): Record<'default' | 'revoke' | 'verify' | 'management', number> {
  const verify = ofBatch('lookUps') + LIMITS['claimed-uses'].atOnce;
  const revoke = ofBatch('ends') + LIMITS.ends.atOnce + LIMITS['end-looks'].atOnce;
  const shared = ofBatch('shared') + LIMITS['held-changes'].atOnce;
  const management = poolMax - verify - revoke - shared - BACKGROUND;
  if (management < MANAGEMENT_MIN)
    throw new ConfigError(
      'RESCIND_DATABASE_POOL',
      `must be at least ${poolMax - management + MANAGEMENT_MIN}.`,
    );
  return { default: poolMax - verify - revoke, revoke, verify, management };
}

function ofBatch(kind: keyof typeof BATCHES): number {
  return BATCHES[kind].atOnce + BATCHES[kind].stalled;
}
