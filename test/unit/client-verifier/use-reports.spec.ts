import { targetOf } from '../../../packages/verifier/src/target.js';
import { Verifier } from '../../../packages/verifier/src/verifier.js';
import { VirtualPlatform } from './virtual-platform.js';

const TERM_MS = 1000;
const TICK_MS = TERM_MS / 8;
const REPORT_MS = 2 * TERM_MS;

interface Report {
  readonly atMs: number;
  readonly jtis: string[];
  readonly counts: number[];
}

/** A verifier with a server that grants what it asks for, and finds every token good. */
class World extends VirtualPlatform {
  readonly reports: Report[] = [];
  bufferedBytes = 0;
  readonly verifier: Verifier;

  constructor() {
    super(0);
    const { dial } = this.platform;
    const settings = { businessId: undefined, name: 'used', max: 100_000, timeoutMs: 1000 };
    this.verifier = new Verifier(
      { ...settings, targets: [targetOf('http://rescind.test')], credential: () => 'c' },
      {
        ...this.platform,
        dial: (...call) => ({ ...dial(...call), bufferedBytes: () => this.bufferedBytes }),
      },
    );
  }

  static async withTokens(count: number): Promise<World> {
    const world = new World();
    await world.settle();
    world.connection.events.opened();
    await world.go(TICK_MS);
    for (let from = 0; from < count; from += 1000) {
      const numbers = Array.from({ length: Math.min(1000, count - from) }, (_, index) => from + index);
      const verdicts = numbers.map((number) => world.verifier.verifyAsync(`dz_${number}`));
      world.serve();
      await Promise.all(verdicts);
    }
    return world;
  }

  /** @returns how many of the first `count` tokens were answered from memory */
  use(count: number): number {
    const verdicts = Array.from({ length: count }, (_, number) =>
      this.verifier.verifyCached(`dz_${number}`, { scopes: [] }),
    );
    return verdicts.filter((verdict) => verdict?.active === true).length;
  }

  /** Time passes, a tick at a time. */
  async go(ms: number, each: () => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.serve();
      await this.pass(TICK_MS);
      each();
    }
    this.serve();
  }

  private serve(): void {
    const { sent, events } = this.connection;
    const say = (frame: object): void => events.received(JSON.stringify(frame));
    for (const message of sent.splice(0)) {
      const { type, n, id, secret } = message;
      if (type === 'hello') say({ type: 'welcome', epoch: 'e1', id: 'v', term_ms: TERM_MS, seq: 0 });
      else if (type === 'beat') say({ type: 'grant', n, epoch: 'e1', ms: TERM_MS, db_now: this.wallMs });
      else if (type === 'ask') say(factOf(id as number, secret as string));
      else this.reports.push({ ...(message as unknown as Report), atMs: this.monotonicMs });
    }
  }
}

function factOf(id: number, secret: string): object {
  const owner = { kind: 'user', id: 'u', name: 'Ada', email: null, role: null };
  const verdict = { active: true, id: secret, jti: secret, business_id: 'b', owner, name: null };
  const rest = { scopes: [], expires_at: null, created_at: '2026-11-21T10:00:00.000Z' };
  return {
    type: 'fact',
    id,
    cacheable: true,
    trusted_ips: null,
    expires_at_ms: null,
    verdict: { ...verdict, ...rest },
  };
}

describe('tokens that were answered from memory', () => {
  it('are told within two terms, and an eighth of a term for each two hundred of them', async () => {
    const tokens = 10_000;
    const world = await World.withTokens(tokens);
    expect([world.use(tokens), world.use(tokens)]).toEqual([tokens, tokens]);
    const usedAtMs = world.monotonicMs;
    await world.go(REPORT_MS + (tokens / 200) * TICK_MS);
    const told = world.reports.flatMap(({ jtis }) => jtis);
    expect([told.length, new Set(told).size]).toEqual([tokens, tokens]);
    expect(world.reports.every(({ counts }) => counts.every((count) => count === 2))).toBe(true);
    expect(world.reports.at(-1)?.atMs).toBeLessThanOrEqual(usedAtMs + REPORT_MS + 50 * TICK_MS);
    expect(world.verifier.isReady).toBe(true);
  }, 60_000);

  it('that are used all the time are told in one message of each two terms, or as many as they take', async () => {
    for (const [tokens, messages] of [
      [150, 1],
      [700, 4],
    ] as const) {
      const world = await World.withTokens(tokens);
      await world.go(REPORT_MS, () => world.use(tokens));
      const before = world.reports.length;
      await world.go(10 * REPORT_MS, () => world.use(tokens));
      expect(world.reports.length - before).toBe(10 * messages);
    }
  }, 60_000);

  it('never have more than one message at a time, and wait while others have not left', async () => {
    const world = await World.withTokens(2000);
    world.bufferedBytes = 1;
    world.use(2000);
    await world.go(4 * TERM_MS);
    expect(world.reports).toEqual([]);
    world.bufferedBytes = 0;
    await world.go(2 * TERM_MS);
    expect(world.reports.flatMap(({ jtis }) => jtis)).toHaveLength(2000);
    expect(new Set(world.reports.map(({ atMs }) => atMs)).size).toBe(world.reports.length);
  }, 60_000);
});
