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

/** What one client may take of the server's connections and time. Milliseconds, and for this process. */
export interface ConnectionLimits {
  /** From the first byte of a request, or the connection, to the end of its body; a third of it to that of its header. */
  requestMs: number;
  /** Between an answer and the next request. */
  keepAliveMs: number;
  connections: number;
  /** Trusted proxies, which stand for many clients, are held only to `connections`. */
  connectionsPerAddress: number;
}

function connectionLimits(): ConnectionLimits {
  return {
    requestMs: integer('RESCIND_REQUEST_TIMEOUT_MS', 30_000, 100, 3_600_000),
    keepAliveMs: integer('RESCIND_KEEP_ALIVE_MS', 72_000, 100, 3_600_000),
    connections: integer('RESCIND_CONNECTIONS_MAX', 10_000, 1, 1_000_000),
    connectionsPerAddress: integer('RESCIND_CONNECTIONS_PER_ADDRESS', 1000, 1, 1_000_000),
  };
}

export const httpConfig = registerAs('http', () => ({
  host: text('HOST') ?? '127.0.0.1',
  port: integer('PORT', 3000, 0, 65535),
  publicUrl: publicUrl(),
  /** Addresses or CIDRs whose X-Forwarded-For is believed. */
  trustedProxies: list('RESCIND_TRUSTED_PROXIES'),
  bodyBytesMax: 100 * 1024,
  limits: connectionLimits(),
}));
