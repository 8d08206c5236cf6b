import type { RowAccess } from './row-access.js';
import { ResilientClient, ROUND_TRIP_MS_MAX, START, type Query } from './resilient-client.js';

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
export class PooledClient extends ResilientClient {
  private readonly begin: { text: string; query_timeout: number };

  constructor(config: PooledConfig) {
    super(config as object);
    const settings = config.settings.map(
      ([name, value]) =>
        `; SET LOCAL ${OF_A_TRANSACTION[name] ?? name} = ${this.escapeLiteral(String(value))}`,
    );
    this.begin = { text: `${START}${settings.join('')}`, query_timeout: ROUND_TRIP_MS_MAX };
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
