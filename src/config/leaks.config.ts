import { registerAs } from '@nestjs/config';
import { ConfigError, text } from './environment.js';
import { isLoopback } from './loopback.js';

const VARIABLE = 'RESCIND_GITHUB_KEYS_URL';

export const leaksConfig = registerAs('leaks', () => ({
  /** Where GitHub publishes the keys it signs its reports with; null: its reports are not taken. */
  githubKeysUrl: githubKeysUrl(),
}));

/** Unencrypted to this machine alone. */
function githubKeysUrl(): string | null {
  const value = text(VARIABLE);
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url === null || !isSafe || url.username !== '' || url.password !== '')
    throw new ConfigError(VARIABLE, 'must be an https:// address without credentials.');
  return url.href;
}
