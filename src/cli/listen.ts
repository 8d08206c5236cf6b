import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { httpConfig } from '../config/http.config.js';
import { metricsConfig, type ListenAddress } from '../config/metrics.config.js';
import { MetricsServer } from '../metrics/metrics-server.js';

/** An address that the settings name cannot be listened on. */
export class CannotListen extends Error {}

interface NamedAddress extends ListenAddress {
  /** The settings that host and port come from. */
  names: { host: string; port: string };
}

/**
 * Opens the port, and that of the metrics if they have one.
 * @returns the origin of the metrics' own address; null: they have none
 * @throws CannotListen with one sentence that says what to change
 */
export async function listen(app: NestFastifyApplication): Promise<string | null> {
  const { host, port } = httpConfig();
  await opened(() => app.listen(port, host), { host, port, names: { host: 'HOST', port: 'PORT' } });
  const { listen: address } = metricsConfig();
  if (address === undefined) return null;
  const name = 'RESCIND_METRICS_LISTEN';
  return opened(() => app.get(MetricsServer).open(address), {
    ...address,
    names: { host: name, port: name },
  });
}

async function opened<Result>(open: () => Promise<Result>, address: NamedAddress): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    const problem = PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''];
    throw problem === undefined ? error : new CannotListen(problem(address), { cause: error });
  }
}

const noSuchHost = ({ host, names }: NamedAddress): string =>
  `${names.host} is ${host}, which is no address of this machine.`;

const PROBLEMS: Record<string, (address: NamedAddress) => string> = {
  EADDRINUSE: ({ host, port, names }) =>
    `Port ${port} of ${host} is in use by another program: stop it, or choose another with ${names.port}.`,
  EACCES: ({ port, names }) =>
    `This user may not open port ${port}: choose one above 1023 with ${names.port}.`,
  EADDRNOTAVAIL: noSuchHost,
  ENOTFOUND: noSuchHost,
};
