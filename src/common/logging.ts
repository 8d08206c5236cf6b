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

let logger: Logger | undefined;

/** The one log of the process: JSON lines on standard output. */
export function rootLogger(): Logger {
  logger ??= pino({
    level: oneOf('RESCIND_LOG_LEVEL', 'info', LEVELS),
    redact: { paths: REDACTED, censor: '[redacted]' },
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
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
