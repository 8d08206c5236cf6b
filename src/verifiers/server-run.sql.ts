import { SERVER_START } from '../database/database-identity.js';
import type { Prepared } from '../database/prepared.js';

/**
 * Which run of the server this is, in SQL: it changes with every start and every crash, because only then can
 * transactions that a verifier has read be lost. Behind a pooler the server can be replaced without the verifier's
 * session noticing, so each statement of the protocol checks it. NULL after a crash, until MARK_SERVER_RUN.
 */
export const SERVER_RUN = `(SELECT concat_ws(':', ${SERVER_START}, run) FROM server_run)`;

/** Gives this run of the server its mark, unless it has one. */
export const MARK_SERVER_RUN: Prepared = {
  name: 'server_run_mark',
  text: 'INSERT INTO server_run DEFAULT VALUES ON CONFLICT DO NOTHING',
};
