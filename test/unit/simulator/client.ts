import type { Platform } from '../../../packages/verifier/src/platform.js';
import { targetOf } from '../../../packages/verifier/src/target.js';
import { Verifier } from '../../../packages/verifier/src/verifier.js';
import { verdictJson } from '../../../src/verification-api/verdict-json.js';
import { Host } from './host.js';
import type { Frame } from './server-socket.js';
import type { World } from './world.js';

const ABNORMAL = 1006;
const HANDSHAKE_MS_MAX = 5000;
const CLOSING_MS = 1000;

/** A program with a client verifier: the shipped package, on a simulated machine. */
export class Client {
  readonly host: Host;
  readonly verifier: Verifier;
  /** What its present connection was opened with. */
  credential: string;
  /** What it will be opened with next. */
  nextCredential: string;
  /** Its credential was refused: it takes its time with the next. */
  isRefused = false;

  constructor(
    private readonly world: World,
    readonly name: string,
    rate: number,
    credential: string,
  ) {
    this.host = new Host(name, world.loop, rate);
    this.credential = this.nextCredential = credential;
    const platform: Platform = {
      clock: this.host,
      every: (ms, task) => this.host.every(ms, task),
      after: (ms, task) => this.host.after(ms, task),
      soon: (task) => this.host.soon(task),
      random: () => world.random.next(),
      dial: (...given) => this.dial(...given),
      fetch: (url, init) => this.fetch(url as string, init as RequestInit),
    };
    this.verifier = new Verifier(
      {
        targets: world.serverNames.map((server) => targetOf(`http://${server}`)),
        credential: () => (this.credential = this.nextCredential),
        businessId: undefined,
        name,
        max: 1000,
        timeoutMs: 2000,
      },
      platform,
    );
    this.verifier.on('degraded', (reason) => (this.isRefused = reason === 'credential_refused'));
    this.verifier.on('ready', () => (this.isRefused = false));
  }

  kill(): void {
    this.host.alive = false;
    this.world.network.dropAllOf(this.host);
  }

  /** As dial.ts does with `ws`. */
  private dial(...[url, headers, events]: Parameters<Platform['dial']>): ReturnType<Platform['dial']> {
    const { network } = this.world;
    const server = this.world.serverAt(new URL(url).host);
    let isOver = false;
    const over = (code: number, status: number | null = null): void => {
      if (isOver) return;
      isOver = true;
      events.closed(code, status);
    };
    if (server === null) {
      this.host.after(1, () => over(ABNORMAL));
      return { send: () => undefined, ping: () => undefined, bufferedBytes: () => 0, close: () => undefined };
    }
    const { left, right } = network.connect(this.host, server.host);
    server.accept(right);
    let state: 'opening' | 'open' | 'closing' = 'opening';
    const terminate = (): void => {
      left.drop();
      this.host.soon(() => over(ABNORMAL));
    };
    const close = (code: number): void => {
      if (state !== 'open') return terminate();
      state = 'closing';
      left.send({ type: 'close', code } satisfies Frame);
      this.host.after(CLOSING_MS, terminate);
    };
    this.host.after(HANDSHAKE_MS_MAX, () => {
      if (state === 'opening') terminate();
    });
    left.onEnd = () => over(ABNORMAL);
    left.onMessage = (message) => {
      const frame = message as Frame;
      if (isOver) return;
      if (frame.type === 'opened') {
        state = 'open';
        events.opened();
      } else if (frame.type === 'text') events.received(frame.text);
      else if (frame.type === 'pong') events.heard();
      else if (frame.type === 'refused') {
        left.drop();
        over(ABNORMAL, frame.status);
      } else if (frame.type === 'close') {
        close(frame.code);
        left.drop();
        over(frame.code);
      }
    };
    left.send({
      type: 'upgrade',
      secret: (headers.authorization ?? '').slice('Bearer '.length),
    } satisfies Frame);
    const send = (frame: Frame): void => {
      if (state === 'open') left.send(frame);
    };
    return {
      send: (text) => send({ type: 'text', text }),
      ping: () => send({ type: 'ping' }),
      bufferedBytes: () => left.waiting * 200,
      close,
    };
  }

  /** One question over HTTP, on a connection of its own. */
  private fetch(url: string, { body, signal }: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new TypeError('fetch failed'));
      signal?.addEventListener('abort', fail);
      const server = this.world.serverAt(new URL(url).host);
      if (server === null) {
        this.host.after(1, fail);
        return;
      }
      const { left, right } = this.world.network.connect(this.host, server.host);
      const { token } = JSON.parse(body as string) as { token: string };
      right.onMessage = () => {
        void Promise.resolve()
          .then(() => server.verify(token))
          .then(
            (verdict) => right.send(verdictJson(verdict)),
            () => right.send(null),
          );
      };
      left.onMessage = (answer) => {
        left.drop();
        const json = (): Promise<unknown> => Promise.resolve(JSON.parse(answer as string));
        resolve({ status: answer === null ? 503 : 200, body: null, json } as Response);
      };
      left.onEnd = fail;
      left.send('verify');
    });
  }
}
