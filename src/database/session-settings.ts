import type pg from 'pg';
import {
  KEEP_ALIVE_AFTER_MS,
  type Query,
  ResilientClient,
  ROUND_TRIP_MS_MAX,
  START,
} from './resilient-client.js';
import type { RowAccess } from './row-access.js';

/** Defaults of a session, and the names of the settings that have to be set in a transaction instead. */
const OF_A_TRANSACTION: Readonly<Record<string, string>> = {
  default_transaction_isolation: 'transaction_isolation',
};

/** Options behind a pooler in transaction mode, where each transaction may run in another session of the server. */
interface PooledConfig {
  settings: [name: string, value: string | number][];
}

/**
 * A client behind a pooler in transaction mode (PgBouncer), of any version and without special settings: its
 * statements have no names, and the settings that a session gets at its start are set in every transaction. A
 * statement outside a transaction gets its own, which takes two more round trips.
 */
class PooledClient extends ResilientClient {
  private readonly begin: { text: string; query_timeout: number };

  constructor(config: PooledConfig) {
    super(config as object);
    const settings = config.settings.map(
      ([name, value]) =>
        `; SET LOCAL ${OF_A_TRANSACTION[name] ?? name} = ${this.escapeLiteral(String(value))}`,
    );
    this.begin = { text: `${START}${settings.join('')}`, query_timeout: ROUND_TRIP_MS_MAX };
  }

  protected override get prepares(): boolean {
    return false;
  }

  protected override async ask(query: Query, given: unknown[]): Promise<unknown> {
    const [statement, ...values] = given;
    const text = typeof statement === 'object' ? (statement as { text?: string } | null)?.text : statement;
    if (typeof text === 'string' && text.startsWith(START)) {
      // Other settings of this transaction come last, so they apply.
      return super.ask(query, [{ ...this.begin, text: this.begin.text + text.slice(START.length) }]);
    }
    const unnamed = typeof statement === 'object' ? { ...statement, name: undefined } : statement;
    if (this.getTransactionStatus() !== 'I') return super.ask(query, [unnamed, ...values]);
    await super.ask(query, [{ ...this.begin, rowAccess: accessOf(statement) }]);
    try {
      const result = await super.ask(query, [unnamed, ...values]);
      await super.ask(query, ['COMMIT']);
      return result;
    } catch (error) {
      await super.ask(query, ['ROLLBACK']).catch(() => undefined);
      throw error;
    }
  }
}

function accessOf(statement: unknown): RowAccess | undefined {
  return (statement as { rowAccess?: RowAccess } | null)?.rowAccess;
}

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
  const kept = { keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS };
  if (pooler)
    return { ...kept, connectionString: url, Client: PooledClient, settings: settled } as SettledClientConfig;
  const options = settled.map(([name, value]) => `-c ${name}=${escaped(String(value))}`);
  const address = new URL(url);
  // The driver would use the address's options instead of all others. If two set the same name, the last one counts.
  const given = address.searchParams.getAll('options');
  address.searchParams.delete('options');
  const connectionString = given.length === 0 ? url : address.href;
  return { ...kept, connectionString, Client: ResilientClient, options: [...given, ...options].join(' ') };
}

/** PostgreSQL splits options at spaces. */
function escaped(value: string): string {
  return value.replaceAll(/[\\ ]/g, String.raw`\$&`);
}
