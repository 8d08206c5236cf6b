import type { TokenFacts } from '../../../src/verification/token-facts.js';
import { VerdictCache, type Found } from '../../../src/verification/verdict-cache.js';

const JTI = 'publicid';
const token = (revoked = false): TokenFacts => ({
  id: '01a1fc97-2f9b-7228-a469-95ca0240c64b',
  jti: JTI,
  digest: '',
  pepperId: 'p',
  name: null,
  labels: null,
  scopes: [],
  trustedIps: null,
  business: { id: 'b', suspended: false, stale: false },
  owner: {
    kind: 'user',
    id: 'o',
    name: '',
    email: null,
    issuedTo: null,
    role: 'owner',
    present: true,
    stale: false,
  },
  createdAtMs: 0,
  endsAtMs: Infinity,
  revoked,
  usesLimited: false,
  session: null,
  notedAtMs: 0,
});

/** A look-up that settles when told to. */
function aLookUp(): { look: () => Promise<Found>; settle: (found: Found) => void } {
  let settle!: (found: Found) => void;
  const result = new Promise<Found>((resolve) => (settle = resolve));
  return { look: () => result, settle };
}

describe('memory that is bounded by the number of tokens', () => {
  it('holds fewer of those that carry metadata, as many times as they are larger', async () => {
    const memory = new VerdictCache(160, 100);
    const labels = { externalId: null, metadata: 'x'.repeat(4096) };
    for (let number = 0; number < 160; number++)
      await memory.fill(`heavy ${number}`, () => Promise.resolve({ ...token(), labels }));
    expect(memory.size).toBe(Math.floor(160 / 17));
    for (let number = 0; number < 160; number++)
      await memory.fill(`light ${number}`, () => Promise.resolve(token()));
    expect(memory.size).toBe(160);
  });
});

describe('filling memory races with forgetting', () => {
  const forgettings: [string, (memory: VerdictCache) => void][] = [
    ['the token', (memory) => memory.forget([{ kind: 'token', subject: JTI }])],
    ['its owner', (memory) => memory.forget([{ kind: 'owner', subject: 'o' }])],
    ['its business', (memory) => memory.forget([{ kind: 'business', subject: 'b' }])],
    ['everything by the feed', (memory) => memory.forget([{ kind: 'everything', subject: '' }])],
    ['everything', (memory) => memory.forgetEverything()],
  ];

  it.each(forgettings)('a look-up that began before forgetting %s leaves nothing', async (_, forget) => {
    const memory = new VerdictCache(100, 100);
    const { look, settle } = aLookUp();
    const answer = memory.fill(JTI, look);
    forget(memory);
    expect(memory.inFlight(JTI)).toBeUndefined();
    settle(token());
    await answer;
    expect(memory.get(JTI)).toBeUndefined();
    expect(memory.size).toBe(0);
  });

  it.each(forgettings)('what was remembered is gone after forgetting %s', async (_, forget) => {
    const memory = new VerdictCache(100, 100);
    await memory.fill(JTI, () => Promise.resolve(token()));
    expect(memory.get(JTI)).toBeDefined();
    forget(memory);
    expect(memory.get(JTI)).toBeUndefined();
  });

  it('forgetting everything takes no longer the more there is', async () => {
    const fastest = async (count: number): Promise<number> => {
      const tookMs: number[] = [];
      for (let attempt = 0; attempt < 5; attempt++) {
        const memory = new VerdictCache(200_000, 100);
        for (let index = 0; index < count; index++) {
          const jti = `token${index}`;
          const owner = { ...token().owner, id: `owner${index}` };
          await memory.fill(jti, () => Promise.resolve({ ...token(), jti, owner }));
        }
        const startMs = performance.now();
        memory.forgetEverything();
        tookMs.push(performance.now() - startMs);
        expect(memory.get('token0')).toBeUndefined();
        expect(memory.get(`token${count - 1}`)).toBeUndefined();
      }
      return Math.min(...tookMs);
    };
    const few = await fastest(100);
    expect(await fastest(50_000)).toBeLessThan(20 * Math.max(few, 0.02));
  });

  it('what was forgotten with everything is kept again when it is looked up again', async () => {
    const memory = new VerdictCache(100, 100);
    for (const found of [token(), token(true)] as const) {
      await memory.fill(JTI, () => Promise.resolve(found));
      memory.forgetEverything();
      expect(memory.get(JTI)).toBeUndefined();
      await memory.fill(JTI, () => Promise.resolve(found));
      expect(memory.get(JTI)).toBeDefined();
      memory.forget([{ kind: 'token', subject: JTI }]);
    }
  });

  it('of two look-ups the later one is kept, in whatever order they settle', async () => {
    const memory = new VerdictCache(100, 100);
    const early = aLookUp();
    const late = aLookUp();
    const first = memory.fill(JTI, early.look);
    memory.forget([{ kind: 'token', subject: JTI }]);
    const second = memory.fill(JTI, late.look);
    late.settle(token(true));
    await second;
    early.settle(token(false));
    await first;
    expect((memory.get(JTI) as TokenFacts).revoked).toBe(true);
  });

  it('a look-up that failed leaves nothing to join', async () => {
    const memory = new VerdictCache(100, 100);
    await expect(memory.fill(JTI, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(memory.inFlight(JTI)).toBeUndefined();
  });

  it('revoked ones do not push good ones out, and what is no token is not remembered at all', async () => {
    const memory = new VerdictCache(100, 100);
    await memory.fill(JTI, () => Promise.resolve(token()));
    for (let count = 0; count < 1000; count++) {
      await memory.fill(`guess${count}`, () => Promise.resolve('unknown'));
      await memory.fill(`revoked${count}`, () => Promise.resolve(token(true)));
    }
    expect(memory.get(JTI)).toBeDefined();
    expect(memory.get('guess999')).toBeUndefined();
    expect(memory.size).toBe(101);
  });
});
