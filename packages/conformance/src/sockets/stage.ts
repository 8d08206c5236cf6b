import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Deviation } from '../deviation.js';
import type { Line, Testee } from '../testee.js';
import type { Frame } from '../vectors.js';
import { Peer } from './peer.js';

export const TERM_MS = 1000;
const GRANT_MS = 740;
const CREDENTIAL = 'credential-1';
export const QUESTION_MS = 2000;

interface HttpCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One server, and one testee whose verifier is told to use it. */
export class Stage {
  readonly peers: Peer[] = [];
  readonly calls: HttpCall[] = [];
  /** How it answers handshakes; default: it accepts. */
  whenDialled: (peer: Peer) => void = (peer) => peer.accept();
  /** How it answers HTTP; default: as one that is overloaded. */
  whenCalled: (call: HttpCall) => void = ({ response }) => void response.writeHead(503).end();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly watchers = new Set<() => void>();
  private readonly answers = new Map<number, Line>();
  private lastId = 0;

  constructor(
    readonly testee: Testee,
    /** Bounds are multiplied by it. */
    private readonly slack: number,
    readonly verdict: Frame,
  ) {
    this.server = createServer((request, response) => {
      this.calls.push({ request, response });
      this.whenCalled({ request, response });
      this.changed();
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
    });
    this.server.on('upgrade', (request, socket) => {
      const peer = new Peer(request, socket as Socket, () => this.changed());
      this.peers.push(peer);
      this.whenDialled(peer);
      this.changed();
    });
  }

  /** A line that the testee wrote. */
  answered(line: Line): void {
    this.answers.set(Number(line.id), line);
    this.changed();
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Starts the verifier. */
  async start(): Promise<void> {
    const options = {
      url: await this.listen(),
      token: CREDENTIAL,
      name: 'sockets',
      max: 1000,
      timeout_ms: QUESTION_MS,
    };
    await this.done(this.tell({ do: 'start', options }), 5000, 'the verifier is started');
  }

  async end(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** @returns the number of the command */
  tell(command: Line): number {
    const id = ++this.lastId;
    this.testee.tell({ ...command, id });
    return id;
  }

  /** Asks about a secret. */
  verify(secret: string): number {
    return this.tell({ do: 'verify', secret });
  }

  async done(id: number, withinMs: number, what: string): Promise<Line> {
    return this.until(() => this.answers.get(id), withinMs, what);
  }

  async verdictOf(id: number, withinMs: number): Promise<Line> {
    const { verdict } = await this.done(id, withinMs, 'the question is answered');
    return (verdict ?? {}) as Line;
  }

  isAnswered(id: number): boolean {
    return this.answers.has(id);
  }

  /** The last connection, when there is one. */
  async dialled(count = 1, withinMs = 2000): Promise<Peer> {
    return this.until(() => this.peers[count - 1], withinMs, `connection ${count} is begun`);
  }

  /** A connection that was welcomed and has a lease, which is renewed with each beat until `stop` is called. */
  async leased(count = 1): Promise<{ peer: Peer; stop: () => void }> {
    const peer = await this.dialled(count);
    await this.sent(peer, ({ type }) => type === 'hello', 1000, 'hello');
    peer.send({ type: 'welcome', epoch: 'e1', id: 'w', term_ms: TERM_MS, seq: 0 });
    await this.sent(peer, ({ type }) => type === 'beat', 500, 'a beat at once after the welcome');
    let granted = 0;
    const grant = (): void => {
      for (const { n } of peer.texts.filter(({ type, n }) => type === 'beat' && Number(n) > granted)) {
        granted = Number(n);
        peer.send({ type: 'grant', n, epoch: 'e1', ms: GRANT_MS, db_now: Date.now() });
      }
    };
    grant();
    this.watchers.add(grant);
    return { peer, stop: () => void this.watchers.delete(grant) };
  }

  /** As `leased`, and a fact about `secret` is remembered. */
  async remembering(secret: string): Promise<{ peer: Peer; stop: () => void }> {
    const leased = await this.leased();
    const asked = this.verify(secret);
    const { id } = await this.asked(leased.peer, secret);
    leased.peer.send(this.factOf(id));
    await this.verdictOf(asked, 1000);
    await this.fromMemory(secret, leased.peer);
    return leased;
  }

  factOf(id: unknown): Frame {
    return {
      type: 'fact',
      id,
      cacheable: true,
      verdict: this.verdict,
      trusted_ips: null,
      expires_at_ms: null,
    };
  }

  /** The `count`th question about a secret. */
  async asked(peer: Peer, secret: string, count = 1): Promise<Frame> {
    const isIt = (frame: Frame): boolean => frame.type === 'ask' && frame.secret === secret;
    return this.until(
      () => peer.texts.filter(isIt)[count - 1],
      1000,
      `the secret is asked for on the stream (${count})`,
    );
  }

  async fromMemory(secret: string, peer: Peer): Promise<void> {
    const before = this.questionsTo(peer);
    const { active } = await this.verdictOf(this.verify(secret), 500);
    this.demand(active === true && this.questionsTo(peer) === before, 'an active verdict from memory');
  }

  /** Asks and demands that somebody else is asked: on any connection, or over HTTP. The answer is left open. */
  async notFromMemory(secret: string): Promise<number> {
    const before = this.questions();
    const id = this.verify(secret);
    await this.until(
      () => this.questions() > before || this.isAnswered(id),
      QUESTION_MS,
      'the secret is asked for',
    );
    const { active } = this.isAnswered(id) ? await this.verdictOf(id, 0) : {};
    this.demand(active !== true || this.questions() > before, 'no active verdict from memory');
    return id;
  }

  async sent(peer: Peer, isIt: (frame: Frame) => boolean, withinMs: number, what: string): Promise<Frame> {
    return this.until(() => peer.texts.find(isIt), withinMs, what);
  }

  /** The testee has given up the connection: by a close frame, or by closing it altogether. */
  async givenUp(peer: Peer, withinMs: number): Promise<void> {
    await this.until(() => peer.isGone || peer.closeCode !== null, withinMs, 'the connection is given up');
  }

  /** Resolves with the first result that is neither undefined nor false. @throws Deviation when none comes in time */
  async until<Result>(
    result: () => Result | undefined | false,
    withinMs: number,
    what: string,
  ): Promise<Result> {
    const boundMs = withinMs * this.slack;
    let watch: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Result>((resolve, reject) => {
        watch = () => {
          const found = result();
          if (found !== undefined && found !== false) resolve(found);
        };
        this.watchers.add(watch);
        timer = setTimeout(() => reject(new Deviation(`expected within ${boundMs} ms: ${what}`)), boundMs);
        watch();
      });
    } finally {
      clearTimeout(timer);
      this.watchers.delete(watch);
    }
  }

  /** @throws Deviation when it happens within that time */
  async never(happens: () => boolean, withinMs: number, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<true>((resolve) => {
      timer = setTimeout(() => resolve(true), withinMs);
    });
    let watch: () => void = () => undefined;
    const happened = new Promise<false>((resolve) => {
      watch = () => {
        if (happens()) resolve(false);
      };
      this.watchers.add(watch);
      watch();
    });
    const isOver = await Promise.race([over, happened]);
    clearTimeout(timer);
    this.watchers.delete(watch);
    this.demand(isOver, `not ${what}`);
  }

  demand(isSo: boolean, what: string): void {
    if (!isSo) throw new Deviation(`expected ${what}`);
  }

  private questionsTo(peer: Peer): number {
    return peer.texts.filter(({ type }) => type === 'ask').length;
  }

  private questions(): number {
    return this.calls.length + this.peers.reduce((sum, peer) => sum + this.questionsTo(peer), 0);
  }

  private changed(): void {
    for (const watch of this.watchers) watch();
  }
}
