import cluster, { type Worker } from 'node:cluster';
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
