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

/** What the driver keeps of the rows of a statement, beyond its types: their fields, and how each is read. */
interface Description {
  fields: unknown[];
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

/** The interface of pg.Query that the driver uses, beyond its types. */
interface DriverQuery {
  name: string | undefined;
  callback: (error: Error | null, result: unknown) => void;
  _result: Description;
  _accumulateRows: boolean;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

interface Connection {
  bind(config: object): void;
  execute(config: object): void;
  describe(config: object): void;
}

const DriverQuery = pg.Query as unknown as new (text: string, values: unknown[] | undefined) => DriverQuery;

/** Of the statements of each session, by their names. */
const descriptions = new WeakMap<Connection, Map<string, Description>>();

/**
 * One statement and, before it, the setting of its access, sent as one message: until the driver's Sync, both are
 * one transaction of the server, and the access ends with it. The session must have `setting` prepared.
 *
 * The driver asks for a description of the rows of a prepared statement each time, and builds what it reads them with from
 * that: for one row this takes longer than reading it. It cannot change, since PostgreSQL refuses to run a prepared statement
 * whose rows would be of another form ("cached plan must not change result type"), so a session is asked once.
 */
export class StatementWithAccess extends DriverQuery {
  readonly query_timeout: number | undefined;
  private isSet = false;
  private session: Map<string, Description> | undefined;

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
    const known = this.descriptionOn(connection);
    if (known === undefined) return super.prepare(connection);
    Object.assign(this._result, known);
    this._accumulateRows = true;
    return super.prepare(withoutDescribing(connection));
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    if (!this.name) return;
    const { fields, _parsers, _prebuiltEmptyResultObject: empty } = this._result;
    // Parsed, it has the form of a literal, of which rows are copied faster than of the driver's.
    const copied: unknown = JSON.parse(JSON.stringify(empty));
    this.session?.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject: copied });
  }

  override handleDataRow(message: unknown): void {
    if (this.isSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.isSet) super.handleCommandComplete(message, connection);
    this.isSet = true;
  }

  private descriptionOn(connection: Connection): Description | undefined {
    if (!this.name) return undefined;
    this.session = descriptions.get(connection);
    if (this.session === undefined)
      descriptions.set(connection, (this.session = new Map<string, Description>()));
    return this.session.get(this.name);
  }
}

const DESCRIBES_NOTHING = { describe: { value: () => undefined } };
const undescribed = new WeakMap<Connection, Connection>();

/** The same connection, on which nothing is asked for descriptions. */
function withoutDescribing(connection: Connection): Connection {
  let silent = undescribed.get(connection);
  if (silent === undefined)
    undescribed.set(connection, (silent = Object.create(connection, DESCRIBES_NOTHING) as Connection));
  return silent;
}
