import pg, { type QueryConfig } from 'pg';
import { eachHostOf, findPrimary } from './primary.js';
import { ROW_ACCESS_SETTING, type RowAccess } from './row-access.js';

/** Sets the access for its transaction. */
const SET_ROW_ACCESS = {
  name: 'set_row_access',
  text: `SELECT set_config('${ROW_ACCESS_SETTING}', $1, true)`,
};

/**
 * The same for a statement that is planned once a session, whatever its values, and along an index that gives its order:
 * by its values PostgreSQL would plan it for each call, which takes longer than reading a page.
 */
const SET_ROW_ACCESS_IN_ORDER = {
  name: 'set_row_access_in_order',
  text: `SELECT set_config('${ROW_ACCESS_SETTING}', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`,
};

/** The interface of pg.Query that the driver uses, beyond its types. */
interface DriverQuery {
  name: string | undefined;
  callback: (error: Error | null, result: unknown) => void;
  prepare(connection: Connection): void;
  _getRows(connection: Connection, rows: number | undefined): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: { text: string }, connection: Connection): void;
}

interface Connection {
  bind(config: object): void;
  execute(config: object): void;
  sync(): void;
}

const DriverQuery = pg.Query as unknown as new (text: string, values: unknown[] | undefined) => DriverQuery;

/** What is sent with a statement: prepared on the session, and without rows of interest. */
interface Companion {
  name: string;
  values?: unknown[];
}

/**
 * One statement and others before and after it, sent as one message: if one fails, the server skips the rest, until the driver's
 * Sync. Until then what is before it is of the same transaction: an access that is set ends with it. The session must have all
 * companions prepared.
 */
export class StatementInCompany extends DriverQuery {
  readonly query_timeout: number | undefined;
  /** What the server says of the statement after it, such as COMMIT. */
  command: string | undefined;
  private completed = 0;

  constructor(
    { text, values, name, query_timeout }: QueryConfig & { query_timeout?: number },
    private readonly before: readonly Companion[],
    private readonly after?: Companion,
  ) {
    super(text, values);
    this.name = name;
    this.query_timeout = query_timeout;
  }

  /** Also without parameters: only the extended protocol accepts several statements before one Sync. */
  requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: Connection): void {
    for (const companion of this.before) send(connection, companion);
    return super.prepare(connection);
  }

  override _getRows(connection: Connection, rows: number | undefined): void {
    if (this.after === undefined) return super._getRows(connection, rows);
    connection.execute({ portal: '', rows: 0 });
    send(connection, this.after);
    connection.sync();
  }

  override handleDataRow(message: unknown): void {
    if (this.completed === this.before.length) super.handleDataRow(message);
  }

  override handleCommandComplete(message: { text: string }, connection: Connection): void {
    if (this.completed === this.before.length) super.handleCommandComplete(message, connection);
    else if (this.completed > this.before.length) this.command = message.text;
    this.completed++;
  }
}

function send(connection: Connection, { name, values = [] }: Companion): void {
  connection.bind({ portal: '', statement: name, values });
  connection.execute({ portal: '', rows: 0 });
}

const parseAnyMoment = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (
  text: string,
) => Date;

/** Such as `2026-01-31 07:08:09.12+00`: a session in UTC leaves out zeros at the end. */
const LENGTH_MIN = '2026-01-31 07:08:09+00'.length;
const FRACTION_AT = '2026-01-31 07:08:09.'.length;
const ZERO = 48;

/**
 * A timestamptz in PostgreSQL's text, to the millisecond, as the driver's own parser makes it, in a third of its time
 * where the session is in UTC. All else (other zones, infinity, years of other than four digits) is left to that one.
 */
export function parseMoment(text: string): Date {
  if (text.length < LENGTH_MIN || text.charCodeAt(4) !== 45 || !text.endsWith('+00'))
    return parseAnyMoment(text);
  const two = (at: number): number => (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
  const year = two(0) * 100 + two(2);
  // Date.UTC takes the first years for those of the twentieth century.
  if (year < 100) return parseAnyMoment(text);
  const end = text.length - 3;
  let milliseconds = 0;
  for (let at = FRACTION_AT, unit = 100; at < end && unit >= 1; at++, unit /= 10)
    milliseconds += (text.charCodeAt(at) - ZERO) * unit;
  return new Date(Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17), milliseconds));
}

/** An idle session is probed after this time, and a dead one is detected some seconds later. */
export const KEEP_ALIVE_AFTER_MS = 10_000;

/** BEGIN and ROLLBACK wait for nothing but the network. */
export const ROUND_TRIP_MS_MAX = 2000;
/** COMMIT waits for the disk, and for a synchronous standby. Giving up on it cancels nothing: the outcome is unknown. */
export const COMMIT_MS_MAX = 5000;

export const START = 'START TRANSACTION';
const COMMIT = 'COMMIT';
const ROLLBACK = 'ROLLBACK';

/** They go with the first and the last statement of a transaction, once the session has them prepared. */
const NAMED_START = { name: 'start_transaction', text: START, query_timeout: ROUND_TRIP_MS_MAX };
const NAMED_COMMIT = { name: 'commit', text: COMMIT, query_timeout: COMMIT_MS_MAX };
const NAMED = new Map([NAMED_START, NAMED_COMMIT].map((each) => [each.text, each]));

const PATIENCE_MS: Readonly<Record<string, number>> = {
  [START]: ROUND_TRIP_MS_MAX,
  [ROLLBACK]: ROUND_TRIP_MS_MAX,
  [COMMIT]: COMMIT_MS_MAX,
};

const awaitingCommit = new WeakMap<object, (() => void)[]>();

/**
 * Calls `act` once the server has acknowledged the COMMIT of the present transaction of `session`, and so have the standbys that
 * it waits for. Never after a rollback, nor when nobody knows the outcome.
 */
export function onceCommitted(session: object, act: () => void): void {
  const acts = awaitingCommit.get(session);
  if (acts === undefined) awaitingCommit.set(session, [act]);
  else acts.push(act);
}

/** The COMMIT of `session` has been acknowledged. */
export function acknowledgeCommit(session: object): void {
  const acts = awaitingCommit.get(session) ?? [];
  awaitingCommit.delete(session);
  for (const act of acts) act();
}

/** The sessions of this process. */
const sessions = new Set<ResilientClient>();

/**
 * The commit is in the WAL of this server, but the wait for its standbys was cancelled. It is not known whether it
 * survives the loss of the server (SQLSTATE 08007), nor whether this server is still the primary.
 */
class UnreplicatedCommit extends Error {
  readonly code = '08007';

  constructor() {
    super('the wait for a synchronous standby was cancelled');
  }
}

/**
 * A statement of the transaction had failed and the error was ignored: the server then answers COMMIT with success,
 * but has rolled back. SQLSTATE 25P02.
 */
class RolledBackInstead extends Error {
  readonly code = '25P02';

  constructor() {
    super('the server rolled the transaction back that it was told to commit');
  }
}

type Notice = Partial<Record<'routine' | 'file' | 'message', string>>;

/** PostgreSQL reports it only by a WARNING, in the language of `lc_messages`, and reports success. */
function tellsOfCancelledWait({ routine, file, message }: Notice): boolean {
  return (
    routine === 'SyncRepWaitForLSN' || file === 'syncrep.c' || /synchronous replication/.test(message ?? '')
  );
}

/** Whether a statement or a connection attempt failed because nothing arrived, neither an answer nor a refusal. */
export function isSilence(error: unknown): boolean {
  return error instanceof Error && /^(Query read timeout|timeout expired)$/.test(error.message);
}

/**
 * Ends every session from which nothing has arrived since `sinceMs` (monotonic) and to which nothing was sent later.
 * Called when connections may be broken without a notice. A pool opens new ones.
 */
export function dropSilentSessions(sinceMs: number): void {
  for (const session of sessions) session.dropIfSilentSince(sinceMs, true);
}

/**
 * A client whose loss never ends the process. Between two statements a pooled client has no listener, and a server
 * that shuts down at that moment causes an `error` event. The next user of the client still gets the failure.
 *
 * If a statement is not answered in time, its session is ended. If it stayed in the pool, the next user would wait
 * for it, and what it still does would become part of the next user's transaction (R4). A session is also ended
 * after a commit that did not wait for its standbys (UnreplicatedCommit): nobody is told that it succeeded.
 */
export class ResilientClient extends pg.Client {
  /**
   * Whose rows the following statements may read, if they do not say so themselves; undefined: as the session is
   * configured.
   */
  rowAccess: RowAccess | undefined;
  /** Companions that the session has prepared. */
  private readonly prepared = new Set<{ name: string }>();
  /** Its START goes with the next statement. */
  private isStarting = false;
  /** The COMMIT went with the last statement. */
  private hasCommitted = false;
  private outstanding = 0;
  private isUnreplicated = false;
  /** When it was last asked or last answered (monotonic). */
  private lastWordMs = performance.now();

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.setTypeParser(pg.types.builtins.TIMESTAMPTZ, parseMoment);
    this.on('error', () => undefined);
    this.on('notice', (notice) => (this.isUnreplicated ||= tellsOfCancelledWait(notice)));
    this.once('connect', () => sessions.add(this));
    this.connection.once('end', () => sessions.delete(this));
    const query = this.query.bind(this) as Query;
    this.query = ((...given: unknown[]) => {
      const callback = typeof given.at(-1) === 'function' ? (given.pop() as Callback) : undefined;
      const answer = this.ask(query, given);
      if (callback === undefined) return answer;
      return void answer.then((result) => callback(null, result), callback);
    }) as pg.Client['query'];
    const { connectionString: address = '' } = config as pg.ClientConfig;
    if (eachHostOf(address).length === 0) return;
    const connectTo = (place: object): Promise<pg.Client> => super.connect.bind(Object.assign(this, place))();
    this.connect = ((callback?: Callback) => {
      const connected = findPrimary(address).then(connectTo);
      if (callback === undefined) return connected;
      return void connected.then(() => callback(null), callback);
    }) as pg.Client['connect'];
  }

  dropIfSilentSince(sinceMs: number, evenIfBusy: boolean): void {
    if (this.lastWordMs < sinceMs && (evenIfBusy || this.outstanding === 0)) this.drop();
  }

  /** Whether statements keep their names: not where another session of the server may run each transaction. */
  protected get prepares(): boolean {
    return true;
  }

  protected async ask(query: Query, given: unknown[]): Promise<unknown> {
    const text = textOf(given);
    const command = this.commandSentElsewhere(text);
    if (command !== null) return { command, rowCount: null, rows: [], fields: [] };
    const askedAtMs = performance.now();
    this.lastWordMs = askedAtMs;
    this.outstanding++;
    if (text === ROLLBACK || text?.startsWith(START) === true) awaitingCommit.delete(this);
    try {
      const result = await this.askWithAccess(query, withPatience(given));
      if (this.isUnreplicated) throw this.loseFaith();
      if (text === COMMIT) this.concludeCommit(result);
      return result;
    } catch (error) {
      if (isSilence(error)) this.giveUp(askedAtMs);
      throw error;
    } finally {
      this.outstanding--;
      this.lastWordMs = performance.now();
    }
  }

  /** What `text` answers if it goes with the next statement, or went with the last one, or has nothing to end; else null. */
  private commandSentElsewhere(text: string | undefined): string | null {
    if (text === START && this.prepared.has(NAMED_START) && this.rowAccess === undefined) {
      awaitingCommit.delete(this);
      this.isStarting = true;
      return START;
    }
    if (this.isStarting && (text === COMMIT || text === ROLLBACK)) {
      this.isStarting = false;
      if (text === COMMIT) acknowledgeCommit(this);
      return text;
    }
    if (this.hasCommitted && text === COMMIT) {
      this.hasCommitted = false;
      return text;
    }
    return null;
  }

  /** What the server has answered to COMMIT. @throws RolledBackInstead */
  private concludeCommit(result: unknown): void {
    if (isRollback(result)) throw new RolledBackInstead();
    acknowledgeCommit(this);
  }

  /** Inside a transaction the access is what it was at its beginning. */
  private async askWithAccess(query: Query, given: unknown[]): Promise<unknown> {
    const config = configOf(given);
    this.hasCommitted = false;
    if (this.isStarting || config.commits === true) return this.askAtTheEdge(query, config);
    const access = config.rowAccess ?? this.rowAccess;
    const isOutside = this.getTransactionStatus() === 'I';
    if (access === undefined || !isOutside) {
      const companion = NAMED.get(config.text);
      if (companion === undefined || !this.prepares) return query(...given);
      const result = await query(companion);
      this.prepared.add(companion);
      return result;
    }
    if (config.text.startsWith(START)) {
      const set = `SET LOCAL ${ROW_ACCESS_SETTING} = ${this.escapeLiteral(access)}`;
      return query({ ...config, text: `${config.text}; ${set}` });
    }
    const setting = config.isPlannedInOrder === true ? SET_ROW_ACCESS_IN_ORDER : SET_ROW_ACCESS;
    const values = [access];
    if (!this.prepared.has(setting)) await query({ ...setting, values });
    this.prepared.add(setting);
    return (await inCompany(query, config, [{ ...setting, values }])).result;
  }

  /** The first statement of a transaction, or the last one, with START or COMMIT. */
  private async askAtTheEdge(query: Query, config: StatementConfig): Promise<unknown> {
    const starts = this.isStarting;
    this.isStarting = false;
    // Text without a name may be of several statements.
    if (starts && config.name === undefined) await query(NAMED_START);
    const before = starts && config.name !== undefined ? [NAMED_START] : [];
    const commits = config.commits === true && this.prepared.has(NAMED_COMMIT) ? NAMED_COMMIT : undefined;
    if (before.length === 0 && commits === undefined) {
      const result = await query(config);
      if (config.commits === true) await this.ask(query, [COMMIT]);
      this.hasCommitted = config.commits === true;
      return result;
    }
    const patient = commits === undefined ? config : { ...config, query_timeout: COMMIT_MS_MAX };
    const { result, command } = await inCompany(query, patient, before, commits);
    if (commits === undefined) return result;
    if (this.isUnreplicated) throw this.loseFaith();
    this.concludeCommit({ command });
    this.hasCommitted = true;
    return result;
  }

  /** Idle sessions that were silent for as long may be dead too; those with a running statement may only be slow. */
  private giveUp(askedAtMs: number): void {
    this.drop();
    for (const session of sessions) session.dropIfSilentSince(askedAtMs, false);
  }

  private loseFaith(): UnreplicatedCommit {
    this.drop();
    return new UnreplicatedCommit();
  }

  /** Ends the session without telling the server. A running statement fails, with an unknown outcome. */
  drop(): void {
    sessions.delete(this);
    this.connection.stream.destroy();
  }
}

export type Query = (...given: unknown[]) => Promise<unknown>;
type Callback = (error: unknown, result?: unknown) => void;

interface StatementConfig extends QueryConfig {
  text: string;
  query_timeout?: number;
  rowAccess?: RowAccess;
  isPlannedInOrder?: boolean;
  commits?: boolean;
}

function inCompany(
  query: Query,
  config: StatementConfig,
  before: readonly Companion[],
  after?: Companion,
): Promise<{ result: unknown; command: string | undefined }> {
  return new Promise((resolve, reject) => {
    const statement = new StatementInCompany(config, before, after);
    statement.callback = (error, result) =>
      error === null ? resolve({ result, command: statement.command }) : reject(error);
    void query(statement);
  });
}

function configOf([statement, values]: unknown[]): StatementConfig {
  return typeof statement === 'string'
    ? { text: statement, values: values as unknown[] }
    : (statement as StatementConfig);
}

function textOf([statement]: unknown[]): string | undefined {
  return typeof statement === 'string' ? statement : (statement as StatementConfig).text;
}

function isRollback(result: unknown): boolean {
  return (result as { command?: string } | undefined)?.command === 'ROLLBACK';
}

function withPatience(given: unknown[]): unknown[] {
  const [text, ...rest] = given;
  const patienceMs = typeof text === 'string' ? PATIENCE_MS[text] : undefined;
  return patienceMs === undefined ? given : [{ text, query_timeout: patienceMs }, ...rest];
}
