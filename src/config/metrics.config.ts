import { registerAs } from '@nestjs/config';
import { ConfigError, secret, text } from './environment.js';

export interface ListenAddress {
  host: string;
  port: number;
}

/** Null: the text is no address and port. */
export function listenAddressIn(text: string): ListenAddress | null {
  const [, v6, name, digits = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, port };
}

function listenAddress(variable: string): ListenAddress | undefined {
  const value = text(variable);
  if (value === undefined) return undefined;
  const address = listenAddressIn(value);
  if (address === null)
    throw new ConfigError(variable, 'must be an address and a port, such as 127.0.0.1:9464 or [::1]:9464.');
  return address;
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
