import { InjectDataSource } from '@nestjs/typeorm';
import { EVERY_BUSINESS } from './row-access.js';

/**
 * The sessions of a process by what they are for. Each lane has its own sessions, so that nothing in one waits for
 * work in another (docs/adr/0038-sessions-in-lanes.md). Management, changes that share transactions and background
 * work share the default DataSource: ManagementAdmission admits management calls and leaves enough sessions for the
 * others.
 */
export const LANE_SESSIONS = {
  /** Look-ups of tokens, two running and one late; uses that are counted against a limit; whether a business exists. */
  verify: 5,
  /** Revocations in shared transactions, those that wait for one log, ends of owners and businesses. */
  revoke: 7,
  /** Sealing, retention, records of what failed and of what was denied. */
  background: 4,
} as const;

/**
 * What changes that share transactions use of the default DataSource: one transaction, one that is late, and one
 * that waits for a log that somebody holds (src/changes/changes.ts).
 */
export const SHARED_CHANGES = { stalled: 1, waits: 1 } as const;
const SHARED_SESSIONS = 1 + SHARED_CHANGES.stalled + SHARED_CHANGES.waits;

/** What those that end rights use of the revoke lane: one transaction, and two that are late. Whoever waits is in the turns of RevokeLane. */
export const ENDING_CHANGES = { stalled: 2 } as const;

export const VERIFY_LANE = 'verify';

/** A look-up finds out to which business a secret belongs. */
export const VERIFY_LANE_SETTINGS = { rowAccess: EVERY_BUSINESS, plansOnce: true } as const;

export const REVOKE_LANE = 'revoke';

/** The DataSource for verdicts; it has no entities. */
export const InVerifyLane = (): ParameterDecorator => InjectDataSource(VERIFY_LANE);

/** The DataSource for whatever takes away a right. */
export const InRevokeLane = (): ParameterDecorator => InjectDataSource(REVOKE_LANE);

/** How many sessions the default DataSource has. */
export function defaultSessions(poolMax: number): number {
  return poolMax - LANE_SESSIONS.verify - LANE_SESSIONS.revoke;
}

/** What RESCIND_DATABASE_POOL leaves for management, of all businesses together. */
export function managementSessions(poolMax: number): number {
  return defaultSessions(poolMax) - LANE_SESSIONS.background - SHARED_SESSIONS;
}
