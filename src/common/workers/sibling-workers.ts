import cluster from 'node:cluster';
import {
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { workerMessage, type WorkerMessage } from './worker-messages.js';

/** After this a question goes without the workers that have not answered. */
const ANSWER_MS_MAX = 2000;

export interface Answers {
  /** How many workers there are; 1 without workers. */
  asked: number;
  /** What those that answered in time have said, by worker. This process is among them. */
  texts: [worker: number, text: string][];
}

/** All workers of one start (RESCIND_WORKERS), asked by whichever of them has been asked. */
@Injectable()
export class SiblingWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly topics = new Map<string, () => string | Promise<string>>();
  private readonly waiting = new Map<number, (answers: Answers) => void>();
  private lastId = 0;
  private readonly hear = (message: unknown): void => {
    const asked = workerMessage(message, 'worker.ask');
    if (asked !== null) void this.answer(asked.id, asked.topic);
    const answers = workerMessage(message, 'workers.answers');
    if (answers !== null) this.waiting.get(answers.id)?.(answers);
  };

  onApplicationBootstrap(): void {
    if (cluster.isWorker) process.on('message', this.hear);
  }

  beforeApplicationShutdown(): void {
    process.off('message', this.hear);
  }

  /** Says what this process has to say to a topic, whoever asks. @param tell one that fails says nothing: an empty text */
  answerTo(topic: string, tell: () => string | Promise<string>): void {
    this.topics.set(topic, tell);
  }

  /** What all workers say to a topic. One that does not answer in time is left out. Does not reject. */
  async ask(topic: string): Promise<Answers> {
    if (!cluster.isWorker) return { asked: 1, texts: [[0, await this.ownAnswer(topic)]] };
    const id = ++this.lastId;
    const answers = await new Promise<Answers | null>((resolve) => {
      // The supervisor answers within half of it, unless it is gone.
      const overdue = setTimeout(() => resolve(null), ANSWER_MS_MAX);
      this.waiting.set(id, (said) => {
        clearTimeout(overdue);
        resolve(said);
      });
      send({ rescind: 'workers.ask', id, topic });
    });
    this.waiting.delete(id);
    return answers ?? { asked: 1, texts: [[0, await this.ownAnswer(topic)]] };
  }

  private async answer(id: number, topic: string): Promise<void> {
    send({ rescind: 'worker.answer', id, text: await this.ownAnswer(topic) });
  }

  private async ownAnswer(topic: string): Promise<string> {
    try {
      return (await this.topics.get(topic)?.()) ?? '';
    } catch {
      return '';
    }
  }
}

/** A supervisor that is gone takes this process with it. */
function send(message: WorkerMessage): void {
  process.send?.(message, () => undefined);
}

@Module({ providers: [SiblingWorkers], exports: [SiblingWorkers] })
export class WorkersModule {}
