import { UNAVAILABLE } from '../logging.js';

/** A lock could not be obtained in time. */
const LOCK_TIMEOUT = '55P03';
/**
 * Connection, read-only, a transaction that idled or lasted too long and was ended, resources, a lock, an operator (57014:
 * somebody cancelled the statement), the system.
 */
const UNAVAILABLE_SQLSTATES = /^(08|25006|25P0[34]|53|55P03|57014|57P0[1-5]|58)/;
const UNAVAILABLE_SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
]);
const UNAVAILABLE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|not queryable|Query runner already released|Driver not Connected|Cannot use a pool after calling end|the database system is/i;

interface DriverErrorLike {
  code?: unknown;
  message?: unknown;
  driverError?: unknown;
}

/** The SQLSTATE or socket code behind an error of TypeORM or pg; undefined when it is neither. */
export function driverCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as DriverErrorLike;
  if (typeof code === 'string') return code;
  return driverError === undefined ? undefined : driverCodeOf(driverError);
}

/** True when the database could not be asked at all, so that nothing may be concluded from the failure (R5). */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = driverCodeOf(error);
  if (code !== undefined && (UNAVAILABLE_SQLSTATES.test(code) || UNAVAILABLE_SOCKET_CODES.has(code)))
    return true;
  const message = error instanceof Error ? error.message : '';
  return UNAVAILABLE_MESSAGES.test(message);
}

/** True when the only cause was a lock that somebody else held for too long. */
export function isLockTimeout(error: unknown): boolean {
  return driverCodeOf(error) === LOCK_TIMEOUT;
}

/** True when the transaction lost to others, a deadlock included, and may succeed when it is repeated. */
export function isSerializationFailure(error: unknown): boolean {
  const code = driverCodeOf(error);
  return code === '40001' || code === '40P01';
}

/** True when rows contradict a constraint, or a function of the schema says that they do. */
export function isIntegrityViolation(error: unknown): boolean {
  return driverCodeOf(error)?.startsWith('23') === true;
}

/** The part of a failure that may be logged: never the driver's parameters, which contain digests (R8). */
export function loggableError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: 'a value that is no Error was thrown' };
  const driverCode = driverCodeOf(error);
  return {
    type: error.constructor.name,
    // A driver's message can quote a row ("Key (digest)=(…) already exists" is its detail, not its message).
    message: error.message,
    ...(driverCode === undefined ? {} : { driver_code: driverCode }),
    // Of an outage each request tells the same (rootLogger).
    ...(isDatabaseUnavailable(error) ? { database: UNAVAILABLE } : { stack: error.stack }),
  };
}
