import { once } from 'node:events';
import { createServer } from 'node:net';
import { witnessPolicyOf } from '../audit/proofs/cosigned-checkpoints.js';
import { auditConfig } from '../config/audit.config.js';
import { httpConfig, workerCount } from '../config/http.config.js';
import { refuseUnknownSettings } from '../config/known-settings.js';
import { metricsConfig } from '../config/metrics.config.js';
import { EARLY_SETTINGS } from '../config/settings.js';
import { type NamedAddress, opened } from './cannot-listen.js';
import { report } from './report.js';

/**
 * Reads every setting that needs no database, so that a wrong one is reported before anything is started. @throws
 * ConfigError
 */
export function checkSettings(): void {
  refuseUnknownSettings(report);
  workerCount();
  for (const read of EARLY_SETTINGS) read();
  witnessPolicyOf(auditConfig());
}

/**
 * Opens each address that will be listened on and closes it again, so that one in use is reported before a database
 * is created. @throws CannotListen
 */
export async function demandFreeAddresses(): Promise<void> {
  const { api, metrics } = namedAddresses();
  await tryToOpen(api);
  if (metrics !== undefined) await tryToOpen(metrics);
}

async function tryToOpen(address: NamedAddress): Promise<void> {
  const server = createServer();
  await opened(() => once(server.listen(address.port, address.host), 'listening'), address);
  const closed = once(server, 'close');
  server.close();
  await closed;
}

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
