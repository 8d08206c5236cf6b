import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { platformSecret } from './test-run.js';
import { waitFor } from './wait-for.js';

export const SUBPROTOCOL = 'rescind.verifier.v1';

export interface Fact {
  cacheable: boolean;
  verdict: {
    active: boolean;
    reason?: string;
    jti: string;
    business_id: string;
    owner: { id: string | null };
  };
  trusted_ips: string[] | null;
  expires_at_ms: number | null;
}

/** A message of the server, whose shape the test knows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
type Message = any;

interface StreamOptions {
  secret?: string | null;
  business?: string | null;
  protocols?: string[];
  headers?: Record<string, string>;
}

/** Where the stream of an application is, and with what to ask for it. */
export function openSocket(url: string, options: StreamOptions = {}): WebSocket {
  const { secret = platformSecret(), business = null, protocols = [SUBPROTOCOL], headers = {} } = options;
  return new WebSocket(`${url.replace('http', 'ws')}/api/v1/verifiers/stream`, protocols, {
    perMessageDeflate: false,
    headers: {
      ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
      ...(business === null ? {} : { 'x-business-id': business }),
      ...headers,
    },
  });
}

/** The answer that is given in place of the stream. */
export async function refusedWith(
  url: string,
  options: StreamOptions,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: Message }> {
  const socket = openSocket(url, options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode as number,
    headers: response.headers,
    body: JSON.parse(Buffer.concat(chunks).toString()),
  };
}

/** A stream as it is: says what the test says, and keeps what it hears. */
export class Stream {
  readonly heard: Message[] = [];
  readonly closed: Promise<number>;
  isClosed = false;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.heard.push(JSON.parse(data.toString())));
    this.closed = new Promise((resolve) =>
      socket.on('close', (code) => {
        this.isClosed = true;
        resolve(code);
      }),
    );
    socket.on('error', () => undefined);
  }

  static async open(url: string, options: StreamOptions = {}): Promise<Stream> {
    const socket = openSocket(url, options);
    const stream = new Stream(socket);
    await once(socket, 'open');
    return stream;
  }

  say(message: object | string | Buffer): void {
    const isJson = typeof message === 'object' && !Buffer.isBuffer(message);
    this.socket.send(isJson ? JSON.stringify(message) : message);
  }

  /** The first message of this type that is or comes to be heard, for which `is` holds. */
  hear(type: string, is: (message: Message) => boolean = () => true): Promise<Message> {
    return waitFor(`a message ${type}`, () => this.heard.find((each) => each.type === type && is(each)));
  }
}

/**
 * A client verifier in a few lines, by the protocol's own words (docs/verifier-protocol.md), so that the server's part is
 * judged by something that is not made of it.
 */
export class Child {
  /** By secret. */
  private readonly memory = new Map<string, Fact>();
  private readonly askedAs = new Map<number, { secret: string; told: (fact: Message) => void }>();
  private readonly beatenAtMs = new Map<number, number>();
  private leaseEndsAtMs = -Infinity;
  private epoch = '';
  private n = 0;
  private asks = 0;
  private acked = 0;
  private beating: NodeJS.Timeout | undefined;
  /** Whether it reads what it is sent, and beats. */
  private isAwake = true;
  private readonly unread: Message[] = [];
  /** Whether it gets over a message that has it forget: otherwise it stops there, and takes nothing that comes behind it. */
  acknowledges = true;
  id = '';

  private constructor(readonly stream: Stream) {
    stream.socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString());
      const isStuck = this.unread.length > 0 || (!this.acknowledges && /evict|reset/.test(message.type));
      if (this.isAwake && !isStuck) this.take(message);
      else this.unread.push(message);
    });
    void stream.closed.then(() => this.stop());
  }

  static async join(url: string, options: StreamOptions = {}, name = 'a child'): Promise<Child> {
    const child = new Child(await Stream.open(url, options));
    child.stream.say({ type: 'hello', version: 1, name, max: 1000 });
    await child.stream.hear('welcome');
    await waitFor('a sub-lease', () => child.holdsLease());
    return child;
  }

  holdsLease(): boolean {
    return performance.now() < this.leaseEndsAtMs;
  }

  /** What it answers out of its own memory; null: it must ask. */
  answer(secret: string): 'active' | null {
    return this.holdsLease() && this.memory.has(secret) ? 'active' : null;
  }

  /** The fact that it would answer by at this moment; null: it must ask. */
  recalled(secret: string): Fact | null {
    return this.holdsLease() ? (this.memory.get(secret) ?? null) : null;
  }

  get remembered(): number {
    return this.memory.size;
  }

  ask(secret: string, ip?: string): Promise<Fact> {
    const id = ++this.asks;
    return new Promise((told) => {
      this.askedAs.set(id, { secret, told });
      this.stream.say({ type: 'ask', id, secret, ...(ip === undefined ? {} : { ip }) });
    });
  }

  /** Asks until it may answer out of memory. */
  async remember(secret: string): Promise<void> {
    await waitFor('a fact to remember', async () => {
      if (this.answer(secret) === 'active') return true;
      await this.ask(secret);
      return this.answer(secret) === 'active';
    });
  }

  /** From now on it does nothing, like a process that was stopped; its clock runs on. */
  freeze(): void {
    this.isAwake = false;
  }

  /** Goes on where it was stopped: with what has come meanwhile. */
  thaw(): void {
    this.isAwake = true;
    for (const message of this.unread.splice(0)) this.take(message);
  }

  /** Ends its lease, says so, and goes. */
  async leave(): Promise<void> {
    this.stop();
    if (!this.stream.isClosed) this.stream.say({ type: 'leave' });
    await this.stream.closed;
  }

  /** The connection breaks, without a word. */
  break(): void {
    this.stream.socket.terminate();
  }

  private stop(): void {
    clearInterval(this.beating);
    this.leaseEndsAtMs = -Infinity;
    this.memory.clear();
  }

  private beat(): void {
    if (!this.isAwake || this.stream.isClosed) return;
    this.beatenAtMs.set(++this.n, performance.now());
    this.stream.say({ type: 'beat', n: this.n, acked: this.acked });
  }

  private take(message: Message): void {
    switch (message.type) {
      case 'welcome':
        this.id = message.id;
        this.epoch = message.epoch;
        this.beating = setInterval(() => this.beat(), message.term_ms / 4);
        return this.beat();
      case 'grant': {
        const end = (this.beatenAtMs.get(message.n) as number) + message.ms;
        if (message.epoch === this.epoch) this.leaseEndsAtMs = Math.max(this.leaseEndsAtMs, end);
        return;
      }
      case 'fact':
      case 'failed':
        return this.learn(message);
      case 'evict':
      case 'reset':
        return this.forget(message);
      case 'bye':
        this.stop();
    }
  }

  private learn(message: Message): void {
    const asked = this.askedAs.get(message.id) as { secret: string; told: (fact: Message) => void };
    this.askedAs.delete(message.id);
    if (message.cacheable === true && message.verdict.active === true)
      this.memory.set(asked.secret, message as Fact);
    asked.told(message);
  }

  private forget(message: Message): void {
    if (message.type === 'reset') {
      this.memory.clear();
      this.epoch = message.epoch;
      this.leaseEndsAtMs = -Infinity;
    } else {
      for (const [kind, subject] of message.entries as [string, string][])
        for (const [secret, { verdict }] of this.memory)
          if (subject === idOf(kind, verdict)) this.memory.delete(secret);
    }
    this.acked = message.seq;
    this.beat();
  }
}

function idOf(kind: string, verdict: Fact['verdict']): string | null {
  if (kind === 'token') return verdict.jti;
  return kind === 'owner' ? verdict.owner.id : verdict.business_id;
}
