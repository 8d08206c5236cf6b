import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDatabase } from './databases.js';
import { startRescind } from './rescind-process.js';
import { runDirectory } from './test-run.js';

export interface SharedApp {
  url: string;
  databaseUrl: string;
  superuserUrl: string;
  pid: number;
}

let shared: Promise<SharedApp> | undefined;

/**
 * The application that all test files of this Jest worker share, on a database of the worker's own; started by the
 * first that asks. Isolate yourself with businesses of your own; what disturbs others starts its own process.
 */
export function sharedApp(): Promise<SharedApp> {
  shared ??= findOrStart();
  return shared;
}

/** From here on the test file's shared application is this one: what builds requests for the other builds them for it. */
export function shareInstead(app: SharedApp): void {
  shared = Promise.resolve(app);
}

async function findOrStart(): Promise<SharedApp> {
  const record = join(runDirectory(), `worker-${process.env.JEST_WORKER_ID ?? '1'}.json`);
  if (existsSync(record)) return JSON.parse(readFileSync(record, 'utf8')) as SharedApp;
  const database = await freshDatabase();
  const app = await startRescind({ databaseUrl: database.url });
  const { url, pid } = app;
  const started = { url, databaseUrl: database.url, superuserUrl: database.superuserUrl, pid };
  writeFileSync(record, JSON.stringify(started));
  await app.ready();
  return started;
}
