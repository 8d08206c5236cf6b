import { pino, type Logger } from 'pino';
import { oneOf } from '../config/environment.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Where a secret could come along by mistake. What is logged on purpose never holds one (R8). */
const REDACTED = [
  'req.headers',
  'headers',
  'authorization',
  'token',
  'secret',
  'digest',
  'parameters',
  '*.parameters',
  '*.token',
  '*.secret',
  '*.digest',
  '*.authorization',
];

/** The member `database` of a line which says that the database could not be asked. */
export const UNAVAILABLE = 'unavailable';
const OUTAGE_LINE_EVERY_MS = 1000;
const outage = { nextLineAtMs: 0, leftOut: 0 };

let logger: Logger | undefined;

/**
 * The one log of the process: JSON lines on standard output. Of an outage of the database it tells once a second, and how many
 * lines were left out since the last one.
 */
export function rootLogger(): Logger {
  logger ??= pino({
    level: oneOf('RESCIND_LOG_LEVEL', 'info', LEVELS),
    redact: { paths: REDACTED, censor: '[redacted]' },
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: {
      logMethod(given, method) {
        const [facts, ...rest] = given as unknown as [{ database?: string } | undefined, ...string[]];
        if (facts?.database !== UNAVAILABLE) return method.apply(this, given);
        if (performance.now() < outage.nextLineAtMs) return void outage.leftOut++;
        method.call(this, { ...facts, left_out: outage.leftOut }, ...rest);
        Object.assign(outage, { nextLineAtMs: performance.now() + OUTAGE_LINE_EVERY_MS, leftOut: 0 });
      },
    },
  });
  return logger;
}

let lineLogger: Logger | undefined;

/**
 * The same log for lines whose members are all named where they are written, such as that of each request: nothing in them
 * is looked through for what could be secret, which takes four times as long as writing the line.
 */
export function namedMembersLogger(): Logger {
  lineLogger ??= rootLogger().child({}, { redact: [] });
  return lineLogger;
}
