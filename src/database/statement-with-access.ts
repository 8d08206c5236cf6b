import pg, { type QueryConfig } from 'pg';
import { ROW_ACCESS_SETTING, type RowAccess } from './row-access.js';

/** Sets the access for its transaction. */
export const SET_ROW_ACCESS = {
  name: 'set_row_access',
  text: `SELECT set_config('${ROW_ACCESS_SETTING}', $1, true)`,
};

/**
 * The same for a statement that is planned once a session, whatever its values, and along an index that gives its order:
 * by its values PostgreSQL would plan it for each call, which takes longer than reading a page.
 */
export const SET_ROW_ACCESS_IN_ORDER = {
  name: 'set_row_access_in_order',
  text: `SELECT set_config('${ROW_ACCESS_SETTING}', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`,
};

/** The interface of pg.Query that the driver uses, beyond its types. */
interface DriverQuery {
  name: string | undefined;
  callback: (error: Error | null, result: unknown) => void;
  prepare(connection: Connection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

interface Connection {
  bind(config: object): void;
  execute(config: object): void;
}

const DriverQuery = pg.Query as unknown as new (text: string, values: unknown[] | undefined) => DriverQuery;

/**
 * One statement and, before it, the setting of its access, sent as one message: until the driver's Sync, both are
 * one transaction of the server, and the access ends with it. The session must have `setting` prepared.
 */
export class StatementWithAccess extends DriverQuery {
  readonly query_timeout: number | undefined;
  private isSet = false;

  constructor(
    { text, values, name, query_timeout }: QueryConfig & { query_timeout?: number },
    private readonly access: RowAccess,
    private readonly setting: { name: string },
  ) {
    super(text, values);
    this.name = name;
    this.query_timeout = query_timeout;
  }

  /** Also without parameters: only the extended protocol accepts two statements before one Sync. */
  requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: Connection): void {
    connection.bind({ portal: '', statement: this.setting.name, values: [this.access] });
    connection.execute({ portal: '', rows: 0 });
    return super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.isSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.isSet) super.handleCommandComplete(message, connection);
    this.isSet = true;
  }
}
