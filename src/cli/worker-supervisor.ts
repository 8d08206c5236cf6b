import cluster, { type Worker } from 'node:cluster';
import { report } from './report.js';
import { passQuestionsOn } from './worker-questions.js';

const RESTART_PAUSE_MS = 200;
/** If workers die this often in a row before one starts, they are not replaced any more. */
const EARLY_DEATHS_MAX = 10;

/**
 * Keeps `count` HTTP workers running; each is a verifier of its own. A dead one is replaced, unless none has ever
 * started: what stopped the first, which has reported it, would stop every other.
 */
export async function superviseWorkers(
  count: number,
  stopSignal: Promise<unknown>,
  release: () => Promise<void>,
): Promise<void> {
  let stopping = false;
  let everListened = false;
  let earlyDeaths = 0;
  let giveUp!: () => void;
  const hopeless = new Promise<'hopeless'>((resolve) => (giveUp = () => resolve('hopeless')));
  const gone = new Set<() => void>();
  const fork = (): void => {
    if (stopping) return;
    cluster.fork().once('listening', () => {
      everListened = true;
      earlyDeaths = 0;
    });
  };
  cluster.on('exit', (worker: Worker) => {
    gone.forEach((tell) => tell());
    if (stopping) return;
    if (!everListened || ++earlyDeaths > EARLY_DEATHS_MAX) return giveUp();
    report(`Worker ${worker.process.pid} ended; another takes its place.`);
    setTimeout(fork, RESTART_PAUSE_MS);
  });
  passQuestionsOn();
  for (let index = 0; index < count; index++) fork();
  const end = await Promise.race([stopSignal, hopeless]);
  stopping = true;
  const workers = (): Worker[] =>
    Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  for (const worker of workers()) worker.process.kill('SIGTERM');
  while (workers().length > 0) await new Promise<void>((resolve) => gone.add(resolve));
  await release();
  if (end === 'hopeless') report('The workers do not start; see the messages above for the cause.');
  process.exit(end === 'hopeless' ? 1 : 0);
}
