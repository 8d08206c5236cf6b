import { oneOf, provide, text } from '../config/environment.js';
import { ResilientClient } from './resilient-client.js';

const VARIABLE = 'RESCIND_DATABASE_POOLER';
const CONNECT_MS_MAX = 5000;

/** Whether a pooler between this program and the database hands sessions from one client to the next. */
export function behindPooler(): boolean {
  return oneOf(VARIABLE, 'none', ['none', 'transaction']) === 'transaction';
}

/**
 * Finds out, once at start and for all workers, unless the operator has configured it.
 * @throws ConfigError if the configured value is not one of the choices
 */
export async function detectPooler(url: string): Promise<void> {
  if (text(VARIABLE) === undefined)
    provide(VARIABLE, (await leadsThroughPooler(url)) ? 'transaction' : 'none');
  behindPooler();
}

/**
 * A pooler cannot tell its clients the process id of the server process that will serve them, because it changes:
 * the number that it sends at connect is not the one that the server gives.
 */
export async function leadsThroughPooler(url: string): Promise<boolean> {
  // No start-up options: a pooler refuses options that it does not know.
  const client = new ResilientClient({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX });
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]?.pid !== (client as unknown as { processID: number }).processID;
  } finally {
    await client.end().catch(() => undefined);
  }
}
