import { registerAs } from '@nestjs/config';
import { ConfigError, integer, text } from './environment.js';

function logName(): string {
  const name = text('RESCIND_LOG_NAME') ?? 'rescind';
  if (!/^[A-Za-z0-9][A-Za-z0-9.:/_-]{0,127}$/.test(name))
    throw new ConfigError(
      'RESCIND_LOG_NAME',
      'must be a name such as tokens.example.com, without spaces and plus signs.',
    );
  return name;
}

function checkpointUrl(): string | undefined {
  const value = text('RESCIND_CHECKPOINT_URL');
  if (value === undefined) return undefined;
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new ConfigError('RESCIND_CHECKPOINT_URL', 'must be an http:// or https:// address.');
  return value;
}

export const auditConfig = registerAs('audit', () => ({
  /** What the origin of every checkpoint begins with. To be chosen once: readers compare it. */
  logName: logName(),
  /** Between rounds of sealing. */
  sealMs: integer('RESCIND_SEAL_MS', 2000, 100, 3_600_000),
  /** A directory outside the database's reach, to which every checkpoint is written; unset: none. */
  checkpointDirectory: text('RESCIND_CHECKPOINT_DIR'),
  /** Every checkpoint is posted there as text/plain; unset: nowhere. */
  checkpointUrl: checkpointUrl(),
}));
