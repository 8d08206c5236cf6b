import { InjectDataSource } from '@nestjs/typeorm';

/**
 * The sessions of a process by what they are for. Each lane is a pool of its own, so that nothing in one waits for
 * what is done in another (docs/adr/0038-sessions-in-lanes.md). Management and the work in the background share the
 * default DataSource: management is let in by ManagementAdmission, which leaves the background its part.
 */
export const LANE_SESSIONS = {
  /** Look-ups of tokens, two under way and one late; claims of limited uses; whether a business exists. */
  verify: 5,
  /** Revocations in shared transactions, those that wait for one log, ends of owners and businesses. */
  revoke: 7,
  /** Sealing, retention, records of what failed and of what was denied. */
  background: 4,
} as const;

export const VERIFY_LANE = 'verify';
export const REVOKE_LANE = 'revoke';

/** The DataSource of whatever needs a verdict: it knows no entities. */
export const InVerifyLane = (): ParameterDecorator => InjectDataSource(VERIFY_LANE);

/** The DataSource of whatever takes a right away. */
export const InRevokeLane = (): ParameterDecorator => InjectDataSource(REVOKE_LANE);

/** What RESCIND_DATABASE_POOL leaves for management, of all businesses together. */
export function managementSessions(poolMax: number): number {
  return poolMax - LANE_SESSIONS.verify - LANE_SESSIONS.revoke - LANE_SESSIONS.background;
}
