import { registerAs } from '@nestjs/config';
import { ConfigError, integer } from './environment.js';
import { verificationConfig } from './verification.config.js';

const FLUSHES_MIN = 2;

export const sessionConfig = registerAs('session', () => ({
  /** A session ends when it was not used for so long. */
  idleSeconds: idleSeconds(),
  /** And so long after it was opened, whoever uses it. */
  lifetimeSeconds: integer('RESCIND_SESSION_HOURS', 12, 1, 720) * 3600,
}));

/** Uses are written from time to time: a session that is used must not end between two of these times. */
function idleSeconds(): number {
  const seconds = integer('RESCIND_SESSION_IDLE_MINUTES', 30, 1, 1440) * 60;
  if (seconds * 1000 < FLUSHES_MIN * verificationConfig().lastUsedFlushMs)
    throw new ConfigError(
      'RESCIND_SESSION_IDLE_MINUTES',
      'must be at least twice as long as RESCIND_LAST_USED_FLUSH_MS.',
    );
  return seconds;
}
