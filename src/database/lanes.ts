import { InjectDataSource } from '@nestjs/typeorm';
import { EVERY_BUSINESS } from './row-access.js';

/**
 * The sessions of a process by what they are for. Each lane has its own sessions, so that nothing in one waits for
 * work in another (docs/adr/0038-sessions-in-lanes.md). Management, changes that share transactions and background
 * work share the default DataSource. How many each has, admission/sessions.ts says.
 */
export const VERIFY_LANE = 'verify';

/** A look-up finds out to which business a secret belongs. */
export const VERIFY_LANE_SETTINGS = { rowAccess: EVERY_BUSINESS, plansOnce: true } as const;

export const REVOKE_LANE = 'revoke';

/** The DataSource for verdicts; it has no entities. */
export const InVerifyLane = (): ParameterDecorator => InjectDataSource(VERIFY_LANE);

/** The DataSource for whatever takes away a right. */
export const InRevokeLane = (): ParameterDecorator => InjectDataSource(REVOKE_LANE);
