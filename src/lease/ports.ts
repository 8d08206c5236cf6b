import type { Clock } from './clock.js';
import type { DatabaseIdentity } from './database-identity.js';

/** A verifier that has not confirmed some of the given transactions. */
export interface RegistryRow {
  id: string;
  round: string;
  lease_ms: number;
  /** Which of the given transactions this verifier has not confirmed. */
  missing: string[];
  /** It registered on another run of the server: not there any more, has confirmed nothing, and may hold a lease until it is waited out. */
  of_another_run: boolean;
}

export interface RegistryReading {
  /** When the server was started, as an opaque text: differs after every restart and restore. */
  server_start: string;
  /** As `server_start`, but differs after every crash as well; null after one, until a verifier has registered. */
  server_run: string | null;
  /** The ids of the verifiers that there are, of this run; empty unless verifiers are woken. */
  ids: string[];
  /** How many client verifiers they have, as each reported in its last round. */
  client_verifiers: number;
  /** The longest lease of any of them. */
  lease_ms_max: number;
  /** The round of the asking verifier; null: it is not registered here. */
  own_round: string | null;
  lacking: RegistryRow[];
  /** Those of the given verifiers that are not registered any more. */
  gone: string[];
}

/** What the feed names in a transaction that some verifier may lack. */
export interface UnconfirmedNews {
  transaction_id: string;
  /** Of the businesses whose rows may be seen; null: of none of them. */
  business_id: string | null;
  /** Whether it concerns whatever there is. */
  of_all: boolean;
}

/**
 * The registered verifiers, as the database knows them; read over a session of its own. A reading is of the time at which it was
 * asked for, or later, and shows what was committed before. Each rejects when it gets no answer in time.
 */
export interface Registry {
  /** Which database a new session reaches. @throws UnusableDatabase on a standby */
  locate(): Promise<DatabaseIdentity>;
  /**
   * The registry as `ownId` sees it: which others lack any of `transactions`, and which of `awaited` are gone. Wakes the
   * registered verifiers if `nudge`; a wake-up may be lost.
   */
  read(ownId: string, transactions: string[], nudge: boolean, awaited: string[]): Promise<RegistryReading>;
  /** What some verifier may not have confirmed yet, and of which of these businesses it is. @param businessIds null: of whatever there is */
  unconfirmed(businessIds: readonly (string | null)[]): Promise<UnconfirmedNews[]>;
  /**
   * Deletes the registration, durably before it resolves.
   * @returns false when the round of the verifier has changed, or is being renewed at this moment.
   */
  expel(row: RegistryRow): Promise<boolean>;
}

/** Entries read by one statement. */
export const ENTRIES_PER_PAGE = 2000;

export interface NewsEntry {
  kind: string;
  subject: string;
  xid: string;
  id: number;
}

export interface NewsRow {
  epoch: string;
  /** At most ENTRIES_PER_PAGE, in the order of transaction and id. */
  entries: NewsEntry[] | null;
}

export interface RoundRow extends NewsRow {
  snapshot: string;
  now_ms: number;
  /** Of all verifiers that have registered lately, gone or not. */
  longest_lease_ms: number;
}

export interface RegisteredRow extends Record<'id' | 'applied' | 'epoch', string> {
  server_run: string | null;
  /** Null: that registration is not there. */
  former_round: string | null;
}

/** What one round of `id`, which was in `round`, confirms: `applied` without what is held back. */
export interface Beat extends Record<'id' | 'confirmed' | 'applied' | 'serverRun', string> {
  round: number;
  /** Committed for good before it is answered; otherwise it may be lost in a crash, and earns no lease. */
  durable: boolean;
  clientVerifiers: number;
}

/**
 * The one session of a verifier: one statement at a time, each in a transaction of its own. Each rejects when it gets no answer
 * in time. No row: this is not the run of the server that the snapshots are of.
 */
export interface FeedSession {
  /** The database that it is in, as it said when it was last asked. */
  readonly database: DatabaseIdentity;
  /** Asks which server it has reached: behind a pooler this may change. @throws UnusableDatabase on a standby */
  locate(): Promise<DatabaseIdentity>;
  /** A new verifier: its memory is empty, so everything visible to this statement counts as applied. Reads the round of the former. */
  register(leaseMs: number, formerId: string | undefined): Promise<RegisteredRow | undefined>;
  /** Confirms, and reads as `peek`. No row as well: the registration is gone, or somebody else has used it. */
  beat(beat: Beat): Promise<RoundRow | undefined>;
  /** Reads what has become visible since snapshot `applied`. */
  peek(applied: string, serverRun: string): Promise<RoundRow | undefined>;
  /** What follows `after` of what became visible between snapshots `applied` and `until`. */
  nextPage(applied: string, until: string, after: NewsEntry, serverRun: string): Promise<NewsRow | undefined>;
  deregister(id: string): Promise<void>;
  /** Drops the connection without waiting for the server. */
  drop(): void;
}

/** Whom a session tells unasked: of wake-ups, with the id of the verifier that sent it (some are lost), and of its end. */
export interface FeedListener {
  onNotification(sender: string): void;
  onEnd(): void;
}

/** The way to the feed. */
export interface Feed {
  /** Whether its session has an address of its own, which may lead elsewhere. */
  readonly hasOwnAddress: boolean;
  /** @throws UnusableDatabase on a standby */
  open(listener: FeedListener): Promise<FeedSession>;
  /** Whether it failed because nothing was answered in time. */
  isSilence(error: unknown): boolean;
  /** Ends every session of this process from which nothing has arrived since `sinceMs` (monotonic). */
  dropSilentSessions(sinceMs: number): void;
}

/** The one database that all sessions of this process must be connected to (ReachedDatabase). */
export interface Reached {
  revision: number;
  onOther: () => void;
  settle(database: DatabaseIdentity): void;
  unsettle(): void;
}

/** For people. */
export interface Log {
  /** The session was lost. */
  lost(error: unknown): void;
  error(message: string): void;
  /** The clocks of this machine and of the database's differ in rate by so much that it uses up the margin of leases. */
  rateDiffers(message: string): void;
}

export interface Terms {
  /** Term of a verifier's lease. */
  leaseMs: number;
  /** How long a revocation may wait beyond the longest lease before it is said that it could not be confirmed. */
  barrierMarginMs: number;
}

/** What the protocol asks of its process; the client verifiers come by themselves, each with a ClientLink. */
export interface Ports {
  clock: Clock;
  registry: Registry;
  feed: Feed;
  reached: Reached;
  log: Log;
  terms: Terms;
  /** The error that says that a committed change could not be confirmed, and why. */
  unconfirmed: (cause: unknown) => Error;
}
