import cluster from 'node:cluster';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { PlatformTokensService } from '../tokens/platform-tokens.service.js';
import { AppModule } from '../app/app.module.js';
import { configureApp, httpAdapter } from '../app/configure-app.js';
import { ServiceRecord } from '../lifecycle/service-record.js';
import { ChosenSecrets } from '../verification/chosen-secrets.js';
import { makeFirstPlatformToken } from './first-platform-token.js';
import { listen } from './listen.js';
import { report } from './report.js';
import { onStopSignal } from './stop-signal.js';

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
