import type { DatabaseIdentity } from '../../../src/lease/database-identity.js';
import type { Beat, FeedListener, FeedSession, NewsEntry } from '../../../src/lease/ports.js';
import { type Database, DatabaseFailure } from './database.js';
import type { Host } from './host.js';
import type { End, Network } from './network.js';

type Statement = (database: Database) => unknown;

interface Reply {
  number: number;
  value?: unknown;
  error?: Error;
}

/** As node-postgres says it. */
const TIMEOUT = 'Query read timeout';
const CONNECT_MS_MAX = 1000;

/** A session as a process has it: statements go out in order and are answered in order, or not in time. */
export class DatabaseSession {
  private readonly end: End;
  /** In the database: sends a wake-up. */
  private readonly wake: (sender: string) => void;
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private numbers = 0;
  private isEnded = false;
  onEnd: () => void = () => undefined;
  onNotification: (sender: string) => void = () => undefined;

  constructor(
    network: Network,
    private readonly host: Host,
    server: Host,
    private readonly database: Database,
    private readonly timeoutMs: number,
  ) {
    const { left, right } = network.connect(host, server);
    this.end = left;
    left.onMessage = (message) => {
      if (typeof message === 'string') this.onNotification(message);
      else this.settle(message as Reply);
    };
    left.onEnd = () => this.fail();
    this.serve(right);
    this.wake = (sender) => right.send(sender);
  }

  /** @param statement runs in the database, if it gets there */
  ask<Answer>(
    statement: (database: Database) => Answer,
    timeoutMs = this.timeoutMs,
  ): Promise<Awaited<Answer>> {
    return new Promise((resolve, reject) => {
      if (this.isEnded) {
        reject(new DatabaseFailure('Connection terminated'));
        return;
      }
      const number = ++this.numbers;
      const stop = this.host.after(timeoutMs, () => {
        this.pending.delete(number);
        reject(new Error(TIMEOUT));
      });
      this.pending.set(number, ({ value, error }) => {
        stop();
        if (error === undefined) resolve(value as Awaited<Answer>);
        else reject(error);
      });
      this.end.send({ number, statement });
    });
  }

  async connect(): Promise<void> {
    await this.ask(() => true, CONNECT_MS_MAX);
  }

  identify(): Promise<DatabaseIdentity> {
    return this.ask(({ serverStart }) => ({
      id: `system:1:${serverStart}:rescind`,
      serverStart,
      system: 'system',
      timeline: '00000001',
    }));
  }

  listen(): Promise<unknown> {
    return this.ask((database) => database.listeners.add(this.wake));
  }

  drop(): void {
    this.isEnded = true;
    this.onEnd = () => undefined;
    this.end.drop();
    this.fail();
  }

  /** The backend of this session: one statement after the other. */
  private serve(end: End): void {
    const { database } = this;
    let last: Promise<void> = Promise.resolve();
    const answer = async ({ number, statement }: { number: number; statement: Statement }): Promise<void> => {
      if (database.isDown) return end.drop();
      try {
        end.send({ number, value: await statement(database) });
      } catch (error) {
        end.send({ number, error: error as Error });
      }
    };
    end.onMessage = (message) => {
      last = last.then(() => answer(message as { number: number; statement: Statement }));
    };
    end.onEnd = () => database.listeners.delete(this.wake);
  }

  private settle(reply: Reply): void {
    const settle = this.pending.get(reply.number);
    this.pending.delete(reply.number);
    settle?.(reply);
  }

  private fail(): void {
    this.isEnded = true;
    const error = new DatabaseFailure('Connection terminated unexpectedly');
    for (const number of [...this.pending.keys()]) this.settle({ number, error });
    this.onEnd();
  }
}

/** The session of a verifier. */
export class FeedSessionOfModel implements FeedSession {
  private constructor(
    private readonly session: DatabaseSession,
    public database: DatabaseIdentity,
  ) {}

  static async open(session: DatabaseSession, listener: FeedListener): Promise<FeedSession> {
    session.onEnd = () => listener.onEnd();
    session.onNotification = (sender) => listener.onNotification(sender);
    try {
      await session.connect();
      const database = await session.identify();
      await session.listen();
      return new FeedSessionOfModel(session, database);
    } catch (error) {
      session.drop();
      throw error;
    }
  }

  async locate(): Promise<DatabaseIdentity> {
    return (this.database = await this.session.identify());
  }

  register(leaseMs: number, formerId: string | undefined): ReturnType<FeedSession['register']> {
    return this.session.ask((database) => database.register(leaseMs, formerId));
  }

  beat(beat: Beat): ReturnType<FeedSession['beat']> {
    return this.session.ask((database) => database.beat(beat));
  }

  peek(applied: string, serverRun: string): ReturnType<FeedSession['peek']> {
    return this.session.ask((database) => database.peek(applied, serverRun));
  }

  nextPage(
    applied: string,
    until: string,
    after: NewsEntry,
    serverRun: string,
  ): ReturnType<FeedSession['nextPage']> {
    return this.session.ask((database) => database.nextPage(applied, until, after, serverRun));
  }

  deregister(id: string): Promise<void> {
    return this.session.ask((database) => database.deregister(id));
  }

  drop(): void {
    this.session.drop();
  }
}
