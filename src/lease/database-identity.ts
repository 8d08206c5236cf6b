/** Which database a session is connected to. Its address does not say: addresses are moved, mistyped and balanced. */
export interface DatabaseIdentity {
  /**
   * Equal for two sessions if, and only if, they are connected to the same run of one server, and to the same
   * database and schema.
   */
  id: string;
  /** When the server was started, as an opaque text: differs after every restart and restore. */
  serverStart: string;
  /** Of the server and its copies, among which ids of transactions may be compared. */
  system: string;
  /** Eight hexadecimal digits: later with each promotion and each recovery to a point in time. Empty: the engine does not tell it. */
  timeline: string;
}

/** A database that can be reached and must not be used. Callers are told that it is unavailable (SQLSTATE 57P03). */
export class UnusableDatabase extends Error {
  readonly code = '57P03';
}
