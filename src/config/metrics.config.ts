import { registerAs } from '@nestjs/config';
import { ConfigError, secret, text } from './environment.js';
import { type ListenAddress, listenAddressIn } from './listen-address.js';

const LISTEN = 'RESCIND_METRICS_LISTEN';
const WITH_THE_API = 'api';

function listenAddress(variable: string): ListenAddress | undefined {
  const value = text(variable);
  if (value === undefined || value === WITH_THE_API) return undefined;
  const address = listenAddressIn(value);
  if (address === null)
    throw new ConfigError(
      variable,
      'must be an address and a port, such as 127.0.0.1:9464, or the word api.',
    );
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
  listen: listenAddress(LISTEN),
  /** Whether, with everything else, they are for whoever reaches it; a token is demanded all the same where there is one. */
  isOpen: text(LISTEN) === WITH_THE_API,
  /** The bearer token that a reader must present; undefined: none. */
  token: metricsToken(),
}));
