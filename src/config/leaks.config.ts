import { registerAs } from '@nestjs/config';
import { ConfigError, integer, text } from './environment.js';
import { isLoopback } from './listen-address.js';

export const hygieneConfig = registerAs('hygiene', () => ({
  /** Pause between rounds in which tokens that expire soon, are unused or are old are looked for. */
  roundMs: integer('RESCIND_HYGIENE_MS', 3_600_000, 100, 86_400_000),
}));

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
