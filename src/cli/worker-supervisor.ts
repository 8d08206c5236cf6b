import cluster, { type Worker } from 'node:cluster';
import { report } from './report.js';

const RESTART_PAUSE_MS = 200;
/** Workers that die this often in a row before one lives are not replaced any more. */
const EARLY_DEATHS_MAX = 10;

/** Keeps `count` HTTP workers running; each is a verifier of its own. A dead one is replaced. */
export async function superviseWorkers(
  count: number,
  stopSignal: Promise<unknown>,
  release: () => Promise<void>,
): Promise<void> {
  let stopping = false;
  let earlyDeaths = 0;
  const gone = new Set<() => void>();
  const fork = (): void => {
    if (!stopping) cluster.fork().once('listening', () => (earlyDeaths = 0));
  };
  cluster.on('exit', (worker: Worker) => {
    gone.forEach((tell) => tell());
    if (stopping) return;
    report(`Worker ${worker.process.pid} ended; another takes its place.`);
    if (++earlyDeaths > EARLY_DEATHS_MAX) {
      report('The workers do not come up; see their messages above.');
      process.kill(process.pid, 'SIGTERM');
      return;
    }
    setTimeout(fork, RESTART_PAUSE_MS);
  });
  for (let index = 0; index < count; index++) fork();
  await stopSignal;
  stopping = true;
  const workers = (): Worker[] =>
    Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  for (const worker of workers()) worker.process.kill('SIGTERM');
  while (workers().length > 0) await new Promise<void>((resolve) => gone.add(resolve));
  await release();
  process.exit(0);
}
