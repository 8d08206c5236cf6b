import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifierCounters, VerifierOptions } from '@rescind/verifier';
import { runDirectory } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

interface Answered {
  fromMemory: boolean;
  outcome: string;
}

interface Message {
  id?: number;
  answer?: unknown;
  up?: true;
  stalling?: true;
}

/** A program of its own with a client verifier. */
export class ClientProcess {
  private lastId = 0;

  private constructor(private readonly child: ChildProcess) {}

  static async start(options: VerifierOptions, env: Record<string, string> = {}): Promise<ClientProcess> {
    const own = { PATH: process.env.PATH, ...env };
    const child = fork(join(import.meta.dirname, 'client-program.mjs'), { env: own, execArgv: [] });
    await once(child, 'message');
    const client = new ClientProcess(child);
    await client.call('create', { options });
    await client.ready();
    return client;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async ready(): Promise<void> {
    await waitFor('a lease of the client', () => this.call('ready'));
  }

  verify(secret: string): Promise<Answered> {
    return this.call('verify', { secret }) as Promise<Answered>;
  }

  /** The verdict once there is one. */
  outcome(secret: string): Promise<string> {
    return waitFor('a verdict', async () => {
      const { outcome } = await this.verify(secret);
      return outcome !== 'unavailable' && outcome;
    });
  }

  async remember(secret: string): Promise<void> {
    await waitFor('an answer from memory', async () => {
      const { fromMemory, outcome } = await this.verify(secret);
      return fromMemory && outcome === 'active';
    });
  }

  /** Its event loop stands still from when this resolves until `end`; `answered` is what it says of the secret right after. */
  async stall(secret: string): Promise<{ answered: Promise<Answered>; end: () => void }> {
    const until = join(runDirectory(), `end-of-stall-${randomUUID()}`);
    const stalling = this.message((message) => message.stalling === true);
    const answered = this.call('stall', { until, secret }) as Promise<Answered>;
    await stalling;
    return { answered, end: () => writeFileSync(until, '') };
  }

  async jumpWall(ms: number): Promise<void> {
    await this.call('jumpWall', { ms });
  }

  counters(): Promise<VerifierCounters> {
    return this.call('counters') as Promise<VerifierCounters>;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private async call(command: string, told: object = {}): Promise<unknown> {
    const id = ++this.lastId;
    const answer = this.message((message) => message.id === id);
    this.child.send({ id, command, ...told });
    return (await answer).answer;
  }

  private message(is: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const listen = (message: Message): void => {
        if (!is(message)) return;
        this.child.off('message', listen);
        resolve(message);
      };
      this.child.on('message', listen);
    });
  }
}
