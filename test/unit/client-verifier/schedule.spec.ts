import { targetOf } from '../../../packages/verifier/src/target.js';
import { Verifier } from '../../../packages/verifier/src/verifier.js';
import { VirtualPlatform } from './virtual-platform.js';

const TERM_MS = 1000;
const LATENCY_MS = 4;
const SECONDS = 60;

/** A server whose own lease is renewed four times a term, as far as its client verifier can tell. */
class Server {
  messages = 0;
  private beats = 0;

  constructor(
    private readonly world: VirtualPlatform,
    private readonly isLost: (beat: number) => boolean,
  ) {}

  /** Answers what has been sent, later. */
  take(): void {
    const { sent } = this.world.connection;
    for (const message of sent.splice(0)) {
      if (message.type === 'hello')
        this.say({ type: 'welcome', epoch: 'e1', id: 'v', term_ms: TERM_MS, seq: 0 });
      if (message.type !== 'beat') continue;
      this.messages += 2;
      if (this.isLost(++this.beats)) continue;
      const sinceRoundMs = this.world.monotonicMs % (TERM_MS / 4);
      const ms = Math.floor(Math.min(TERM_MS, (TERM_MS - sinceRoundMs - LATENCY_MS) / 1.2 - 10));
      this.say({ type: 'grant', n: message.n, epoch: 'e1', ms, db_now: this.world.wallMs });
    }
  }

  private say(frame: object): void {
    const { events } = this.world.connection;
    this.world.platform.after(LATENCY_MS, () => events.received(JSON.stringify(frame)));
  }
}

/** A verifier that does nothing for a minute. @returns small messages a second, both ways, and milliseconds without a lease */
async function idle(
  isLost: (beat: number) => boolean,
  msPerTurn = 1,
): Promise<{ perSecond: number; withoutMs: number }> {
  const world = new VirtualPlatform(0);
  const settings = { businessId: undefined, name: 'idle', max: 10, timeoutMs: 1000 };
  const targets = [targetOf('http://rescind.test')];
  const verifier = new Verifier({ ...settings, targets, credential: () => 'c' }, world.platform);
  await world.settle();
  world.connection.events.opened();
  const server = new Server(world, isLost);
  let withoutMs = 0;
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += msPerTurn) {
      server.take();
      await world.pass(msPerTurn);
      if (!verifier.isReady) withoutMs += msPerTurn;
    }
  };
  await pass(50);
  [server.messages, withoutMs] = [0, 0];
  await pass(SECONDS * 1000);
  return { perSecond: server.messages / SECONDS, withoutMs };
}

describe('the beats of a client verifier', () => {
  it('take fewer than six small messages a second, and the lease never ends', async () => {
    const { perSecond, withoutMs } = await idle(() => false, 5);
    expect(withoutMs).toBe(0);
    expect(perSecond).toBeLessThan(6);
    expect(perSecond).toBeGreaterThan(3);
  }, 60_000);

  it('one that is lost, or not granted, costs no lease', async () => {
    const { withoutMs } = await idle((beat) => beat % 2 === 0, 5);
    expect(withoutMs).toBe(0);
  }, 60_000);

  it('without a grant there are no more than there were before: four a term', async () => {
    const { perSecond } = await idle(() => true, 5);
    expect(perSecond).toBeLessThanOrEqual(8);
  }, 60_000);
});
