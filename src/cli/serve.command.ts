import cluster from 'node:cluster';
import { Command } from 'commander';
import { smallMemory } from '../config/memory.config.js';
import { boundHeapGrowth } from './bounded-heap.js';
import { onStopSignal } from './stop-signal.js';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve the API. Settings are environment variables; see README.md.')
    .action(serve);
}

/** The application is loaded only here, so that the other commands start at once. */
async function serve(): Promise<void> {
  if (smallMemory()) boundHeapGrowth();
  if (cluster.isWorker) {
    const { runHttp } = await import('./http-process.js');
    return runHttp(() => Promise.resolve());
  }
  const stopSignal = onStopSignal();
  const { checkSettings } = await import('./check-settings.js');
  checkSettings();
  const { demandFreeAddresses } = await import('./free-addresses.js');
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
