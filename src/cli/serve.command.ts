import cluster from 'node:cluster';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { flag } from '../config/environment.js';
import { onStopSignal } from './stop-signal.js';

const GROWTH_PERCENT = { small: 40, large: 15 };
const LARGE_BYTES = 128 * 1024 * 1024;
const LOOK_MS = 5000;

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve the API. Settings are environment variables; see README.md.')
    .action(serve);
}

/** The application is loaded only here, so that the other commands start at once. */
async function serve(): Promise<void> {
  if (flag('RESCIND_SMALL_MEMORY', false)) boundHeapGrowth();
  if (cluster.isWorker) {
    const { runHttp } = await import('./http-process.js');
    return runHttp(() => Promise.resolve());
  }
  const stopSignal = onStopSignal();
  const { checkSettings, demandFreeAddresses } = await import('./check-settings.js');
  checkSettings();
  await demandFreeAddresses();
  const { prepareDatabase } = await import('./database-preparation.js');
  const stopped = new AbortController();
  void stopSignal.then(() => stopped.abort());
  const database = await prepareDatabase(true, stopped.signal);
  if (stopped.signal.aborted) return database.release();
  const { workerCount } = await import('../config/http.config.js');
  const workers = workerCount();
  const { runHttp } = await import('./http-process.js');
  if (workers === 1) return runHttp(() => database.release(), stopSignal);
  const { superviseWorkers } = await import('./worker-supervisor.js');
  return superviseWorkers(workers, stopSignal, () => database.release());
}

/**
 * For RESCIND_SMALL_MEMORY, the heap grows by 40 % between full collections, and a large one by 15 %. By default V8
 * lets a small heap grow to four times its size: an export of a million events then takes 200 MB of a new process,
 * and with this 40 MB. A million remembered tokens take half as much again. The price is a lower rate of verdicts
 * (docs/performance.md). To be called before anything else is loaded.
 */
function boundHeapGrowth(): void {
  const adjust = (): void => {
    const size = getHeapStatistics().used_heap_size > LARGE_BYTES ? 'large' : 'small';
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT[size]}`);
  };
  adjust();
  setInterval(adjust, LOOK_MS).unref();
}
