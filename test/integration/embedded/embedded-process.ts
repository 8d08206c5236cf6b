import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

interface Started {
  url: string;
  ownerUrl: string;
  dataDir: string;
  shared: boolean;
  tookMs: number;
}

type Event =
  | ({ event: 'started' } & Started)
  | { event: 'report'; line: string }
  | { event: 'failed'; name: string; message: string }
  | { event: 'stopped'; drained: boolean };

/** A process that uses the embedded database of a directory. */
export class EmbeddedProcess {
  readonly reports: string[] = [];
  readonly child: ChildProcess;
  private readonly outcome: Promise<Event>;
  private readonly stopped: Promise<Event>;

  constructor(program: string, dataDir: string) {
    // A group of its own, so that a test can do what Ctrl-C does without hitting itself.
    this.child = spawn(process.execPath, [program, dataDir], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let settle: (event: Event) => void = () => undefined;
    let end: (event: Event) => void = () => undefined;
    this.outcome = new Promise((resolve) => (settle = resolve));
    this.stopped = new Promise((resolve) => (end = resolve));
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const event = JSON.parse(line) as Event;
      if (event.event === 'report') this.reports.push(event.line);
      else if (event.event === 'stopped') end(event);
      else settle(event);
    });
  }

  async started(): Promise<Started> {
    const event = await this.outcome;
    if (event.event !== 'started') throw new Error(`did not start: ${JSON.stringify(event)}`);
    return event;
  }

  async refusal(): Promise<{ name: string; message: string }> {
    const event = await this.outcome;
    if (event.event !== 'failed') throw new Error(`was not refused: ${JSON.stringify(event)}`);
    return event;
  }

  /** As `kill`, or as Ctrl-C in a terminal, which signals the whole process group. */
  async stop(how: 'SIGTERM' | 'Ctrl-C' = 'SIGTERM'): Promise<{ drained: boolean }> {
    const exit = once(this.child, 'exit');
    process.kill(
      how === 'Ctrl-C' ? -this.child.pid! : this.child.pid!,
      how === 'Ctrl-C' ? 'SIGINT' : 'SIGTERM',
    );
    const event = await this.stopped;
    await exit;
    return { drained: event.event === 'stopped' && event.drained };
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The process id that postmaster.pid of a data directory names, or null. */
export function postmasterPid(dataDir: string): number | null {
  const path = join(dataDir, 'postgres', 'postmaster.pid');
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split('\n')[0]) : null;
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) Z /.test(stat);
  } catch {
    return false;
  }
}
