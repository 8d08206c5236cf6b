/** What the workers of one start and the process that supervises them say to each other. */
export type WorkerMessage =
  /** A worker that is asked: what do all of us say to this? */
  | { rescind: 'workers.ask'; id: number; topic: string }
  /** To each worker: what do you say? */
  | { rescind: 'worker.ask'; id: number; topic: string }
  | { rescind: 'worker.answer'; id: number; text: string }
  /** To the worker that asked: of so many, what those have said that answered, by worker. */
  | { rescind: 'workers.answers'; id: number; asked: number; texts: [worker: number, text: string][] };

/** The message as one of this kind, if it is. */
export function workerMessage<Kind extends WorkerMessage['rescind']>(
  message: unknown,
  kind: Kind,
): Extract<WorkerMessage, { rescind: Kind }> | null {
  const said = message as WorkerMessage | null;
  return typeof said === 'object' && said?.rescind === kind
    ? (said as Extract<WorkerMessage, { rescind: Kind }>)
    : null;
}
