import { availableParallelism } from 'node:os';
import { registerAs } from '@nestjs/config';
import { ConfigError, integer, list, text } from './environment.js';

/** HTTP processes to run; each is a verifier of its own. */
export function workerCount(): number {
  return text('RESCIND_WORKERS') === 'auto' ? availableParallelism() : integer('RESCIND_WORKERS', 1, 1, 256);
}

function publicUrl(): string | undefined {
  const value = text('RESCIND_PUBLIC_URL');
  if (value === undefined) return undefined;
  if (!/^https?:\/\/[^/?#\s]+$/.test(value)) {
    throw new ConfigError(
      'RESCIND_PUBLIC_URL',
      'must be an origin such as https://tokens.example.com, without a path.',
    );
  }
  return value;
}

export const httpConfig = registerAs('http', () => ({
  host: text('HOST') ?? '127.0.0.1',
  port: integer('PORT', 3000, 0, 65535),
  publicUrl: publicUrl(),
  /** Addresses or CIDRs whose X-Forwarded-For is believed. */
  trustedProxies: list('RESCIND_TRUSTED_PROXIES'),
  bodyBytesMax: 100 * 1024,
}));
