import type pg from 'pg';
import { PooledClient } from './pooled-client.js';
import { ResilientClient } from './resilient-client.js';

/** PostgreSQL's settings of a session by name; those that are undefined stay as the server has them. */
export type SessionSettings = Record<string, string | number | undefined>;

type SettledClientConfig = pg.ClientConfig & { Client: typeof pg.Client; connectionString: string };

/** Settings that every session needs, whatever an operator has set for the server, the database or the role. */
const RELIED_ON = {
  // Updates are conditional, and are judged by the rows that they find when they get their lock.
  default_transaction_isolation: 'read committed',
  // A warning says that a commit was not replicated.
  client_min_messages: 'warning',
};

/**
 * Opens sessions at `url` with these settings: at their start, or, behind a pooler that hands sessions from one
 * client to the next, with each transaction. They precede the options in the address, which keeps its others.
 */
export function withSettings(url: string, settings: SessionSettings, pooler: boolean): SettledClientConfig {
  const settled = Object.entries({ ...RELIED_ON, ...settings }).filter(([, value]) => value !== undefined);
  if (pooler)
    return { connectionString: url, Client: PooledClient, settings: settled } as SettledClientConfig;
  const options = settled.map(([name, value]) => `-c ${name}=${escaped(String(value))}`);
  const address = new URL(url);
  const given = address.searchParams.get('options');
  if (given === null) return { connectionString: url, Client: ResilientClient, options: options.join(' ') };
  // The driver would use the address's options instead of all others. If two set the same name, the last one counts.
  address.searchParams.delete('options');
  return {
    connectionString: address.href,
    Client: ResilientClient,
    options: [given, ...options].join(' '),
  };
}

/** PostgreSQL splits options at spaces. */
function escaped(value: string): string {
  return value.replaceAll(/[\\ ]/g, String.raw`\$&`);
}
