import { registerAs } from '@nestjs/config';
import { ConfigError, secret, text } from './environment.js';

export interface ListenAddress {
  host: string;
  port: number;
}

function listenAddress(variable: string): ListenAddress | undefined {
  const value = text(variable);
  if (value === undefined) return undefined;
  const [, v6, name, digits = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535)
    throw new ConfigError(variable, 'must be an address and a port, such as 127.0.0.1:9464 or [::1]:9464.');
  return { host, port };
}

function metricsToken(): string | undefined {
  const variable = 'RESCIND_METRICS_TOKEN';
  const value = secret(variable);
  if (value === undefined || /^[\x21-\x7e]{16,512}$/.test(value)) return value;
  throw new ConfigError(variable, 'must be 16 to 512 visible ASCII characters, or @file with them.');
}

export const metricsConfig = registerAs('metrics', () => ({
  /** Where the metrics are served apart from everything else; undefined: with it. */
  listen: listenAddress('RESCIND_METRICS_LISTEN'),
  /** The bearer token that a reader must present; undefined: none. */
  token: metricsToken(),
}));
