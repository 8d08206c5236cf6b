import cluster from 'node:cluster';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from '../app/app.module.js';
import { configureApp, httpAdapter } from '../app/configure-app.js';
import { SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import { dataDirectory, makeDirectory, replaceFile } from '../config/private-file.js';
import { secret } from '../config/environment.js';
import { ServiceRecord } from '../lifecycle/service-record.js';
import { MetricsServer } from '../metrics/metrics-server.js';
import { PlatformTokensService } from '../tokens/platform-tokens.service.js';
import { ChosenSecrets } from '../verification/chosen-secrets.js';
import { opened } from './cannot-listen.js';
import { namedAddresses } from './check-settings.js';
import { report } from './report.js';
import { onStopSignal } from './stop-signal.js';

/**
 * Whether what is written there is read by a person and kept by nobody: a terminal, unless it is that of a container, which
 * goes to the container's log as well. There this process, or what started it, is the first.
 */
export function isReadByPerson(
  { isTTY }: { isTTY: boolean },
  { pid, ppid }: { pid: number; ppid: number } = process,
): boolean {
  return isTTY && pid !== 1 && ppid !== 1;
}

/**
 * Opens the port, and that of the metrics if they have one.
 * @returns the origin of the metrics' own address; null: they have none
 * @throws CannotListen with one sentence that says what to change
 */
async function listen(app: NestFastifyApplication): Promise<string | null> {
  const { api, metrics } = namedAddresses();
  await opened(() => app.listen(api.port, api.host), api);
  return metrics === undefined ? null : opened(() => app.get(MetricsServer).open(metrics), metrics);
}

const FILE = 'platform-token';

/**
 * Issues the first platform token if there has never been one, and shows it to the operator: on a terminal, or
 * otherwise, since a log must not contain a secret, in the file `platform-token` of the data directory, readable
 * only by its owner. If that file cannot be written, none is issued, and a message says how to get one.
 */
async function makeFirstPlatformToken(tokens: PlatformTokensService): Promise<void> {
  const chosen = secret('RESCIND_BOOTSTRAP_TOKEN');
  if (chosen !== undefined) {
    await tokens.bootstrap(chosen, SYSTEM_CONTEXT);
  } else if (isReadByPerson(process.stderr)) {
    const shown = await tokens.bootstrap(undefined, SYSTEM_CONTEXT);
    // At once, so that no later failure can prevent that it is seen.
    if (shown !== null) report(`Platform token, shown this once: ${shown}`);
  } else await makeInFile(tokens);
}

async function makeInFile(tokens: PlatformTokensService): Promise<void> {
  const path = join(dataDirectory(), FILE);
  let unwritable: string | undefined;
  const write = async (made: string): Promise<void> => {
    try {
      await makeDirectory(dataDirectory());
      await replaceFile(path, `${made}\n`);
    } catch (error) {
      unwritable = (error as NodeJS.ErrnoException).code;
      throw error;
    }
  };
  try {
    const made = await tokens.bootstrap(undefined, SYSTEM_CONTEXT, write);
    if (made !== null) report(`The platform token is in ${path}: take it from there and remove the file.`);
  } catch (error) {
    if (unwritable === undefined) throw error;
    report(
      `There is no platform token yet, and ${path} cannot be written (${unwritable}): run \`rescind bootstrap\`, which prints one, or set RESCIND_BOOTSTRAP_TOKEN.`,
    );
  }
}

/** A drain that takes longer than this is aborted, so that nobody has to kill the process. */
const DRAIN_MS_MAX = 10_000;

/** Serves HTTP in this process until a stop signal; then drains, and calls `release`. */
export async function runHttp(
  release: () => Promise<void>,
  stopSignal: Promise<unknown> = onStopSignal(),
): Promise<void> {
  let app: NestFastifyApplication | undefined;
  try {
    app = await NestFactory.create<NestFastifyApplication>(AppModule, httpAdapter(), {
      bodyParser: false,
      // Nest logs every module and route; only its warnings and errors are of interest.
      logger: ['warn', 'error', 'fatal'],
      abortOnError: false,
    });
    configureApp(app);
    await app.init();
    app.useLogger(app.get(Logger));
    await makeFirstPlatformToken(app.get(PlatformTokensService));
    await app.get(ChosenSecrets).load();
    const metricsUrl = await listen(app);
    await app.get(ServiceRecord).started();
    greet(await app.getUrl(), metricsUrl);
  } catch (error) {
    await app?.close().catch(() => undefined);
    await release();
    throw error;
  }
  await stopSignal;
  const overdue = setTimeout(() => process.exit(1), DRAIN_MS_MAX).unref();
  await app.close();
  await release();
  clearTimeout(overdue);
  process.exit(0);
}

/** Of several workers, one prints this for all. */
function greet(url: string, metricsUrl: string | null): void {
  if (cluster.isWorker && cluster.worker?.id !== 1) return;
  const metrics = metricsUrl === null ? '' : `\n  Metrics     ${metricsUrl}/metrics`;
  report(
    `Rescind is ready.\n  API         ${url}/api/v1\n  Swagger UI  ${url}/docs\n  Health      ${url}/health/ready${metrics}`,
  );
}
