import { httpConfig } from '../config/http.config.js';
import { metricsConfig } from '../config/metrics.config.js';
import type { NamedAddress } from './cannot-listen.js';

/** The addresses to listen on, with the settings that they come from. */
export function namedAddresses(): { api: NamedAddress; metrics: NamedAddress | undefined } {
  const { host, port } = httpConfig();
  const { listen } = metricsConfig();
  const name = 'RESCIND_METRICS_LISTEN';
  return {
    api: { host, port, names: { host: 'HOST', port: 'PORT' } },
    metrics: listen && { ...listen, names: { host: name, port: name } },
  };
}
