import type pg from 'pg';
import { PooledClient } from './pooled-client.js';
import { ResilientClient } from './resilient-client.js';

/** PostgreSQL's settings of a session by name; those that are undefined stay as the server has them. */
export type SessionSettings = Record<string, string | number | undefined>;

export type SettledClientConfig = pg.ClientConfig & { Client: typeof pg.Client };

/**
 * What opens sessions with these settings: at their start, or, where a pooler hands sessions from one client to the
 * next, with each transaction.
 */
export function withSettings(settings: SessionSettings, pooler: boolean): SettledClientConfig {
  const settled = Object.entries(settings).filter(([, value]) => value !== undefined) as [string, string][];
  if (pooler) return { Client: PooledClient, settings: settled } as SettledClientConfig;
  return {
    Client: ResilientClient,
    options: settled.map(([name, value]) => `-c ${name}=${value}`).join(' '),
  };
}
