import cluster from 'node:cluster';
import { Command } from 'commander';
import { workerCount } from '../config/http.config.js';
import { prepareDatabase } from './database-preparation.js';
import { runHttp } from './http-process.js';
import { superviseWorkers } from './worker-supervisor.js';
import { onStopSignal } from './stop-signal.js';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve the API. Settings are environment variables; see README.md.')
    .action(async () => {
      if (cluster.isWorker) return runHttp(() => Promise.resolve());
      const stopSignal = onStopSignal();
      const stopped = new AbortController();
      void stopSignal.then(() => stopped.abort());
      const database = await prepareDatabase(stopped.signal);
      if (stopped.signal.aborted) return database.release();
      if (workerCount() > 1) return superviseWorkers(workerCount(), stopSignal, () => database.release());
      return runHttp(() => database.release(), stopSignal);
    });
}
