import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { MetricsServer } from '../metrics/metrics-server.js';
import { opened } from './cannot-listen.js';
import { namedAddresses } from './named-addresses.js';

/**
 * Opens the port, and that of the metrics if they have one.
 * @returns the origin of the metrics' own address; null: they have none
 * @throws CannotListen with one sentence that says what to change
 */
export async function listen(app: NestFastifyApplication): Promise<string | null> {
  const { api, metrics } = namedAddresses();
  await opened(() => app.listen(api.port, api.host), api);
  return metrics === undefined ? null : opened(() => app.get(MetricsServer).open(metrics), metrics);
}
