import cluster, { type Worker } from 'node:cluster';
import { report } from './report.js';
import { workerMessage, type WorkerMessage } from '../common/workers/worker-messages.js';

/** After this time an answer does not include a worker that has not replied. */
const ANSWER_MS_MAX = 1000;

/** In the supervising process: asks all workers for the worker that wants to know. */
export function passQuestionsOn(): void {
  const pending = new Map<number, (worker: number, text: string) => void>();
  let lastId = 0;
  cluster.on('message', (worker: Worker, message: unknown) => {
    const answer = workerMessage(message, 'worker.answer');
    if (answer !== null) pending.get(answer.id)?.(worker.id, answer.text);
    const question = workerMessage(message, 'workers.ask');
    if (question === null) return;
    const id = ++lastId;
    const texts: [number, string][] = [];
    const workers = Object.values(cluster.workers ?? {}).filter((each) => each?.isConnected() === true);
    const finish = (): void => {
      clearTimeout(overdue);
      pending.delete(id);
      texts.sort(([left], [right]) => left - right);
      tell(worker, { rescind: 'workers.answers', id: question.id, asked: workers.length, texts });
    };
    const overdue = setTimeout(finish, ANSWER_MS_MAX);
    pending.set(id, (from, said) => {
      texts.push([from, said]);
      if (texts.length === workers.length) finish();
    });
    for (const each of workers) tell(each as Worker, { rescind: 'worker.ask', id, topic: question.topic });
  });
}

/** A worker may end meanwhile. */
function tell(worker: Worker, message: WorkerMessage): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

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
