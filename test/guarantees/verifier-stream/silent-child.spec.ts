import { Api } from '../../support/api.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { Child } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';
import { StreamLink } from './stream-link.js';
import { AT_ONCE_MS, expectWithin, LEASE_MS, MARGIN_MS } from './within-lease.js';

const BY_ITS_SUB_LEASE_MS = LEASE_MS + MARGIN_MS;

describe('R2: a client verifier that is silent delays a revocation by its sub-lease, and no longer', () => {
  let verifiers: Verifiers;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: String(LEASE_MS) });
  }, 120_000);
  afterAll(() => verifiers.end());

  const server = (index: number): Verifier => verifiers.all[index] as Verifier;
  const revoke = async (token: TestToken, index: number, business = verifiers.business): Promise<number> => {
    const startMs = performance.now();
    const api = new Api(server(index).url, platformSecret(), business.id);
    expect((await api.post(`/api/v1/tokens/${token.id}/revoke`)).status).toBe(201);
    return performance.now() - startMs;
  };
  const remembered = async (child: Child): Promise<TestToken> => {
    const token = await aToken(verifiers.business);
    await child.remember(token.secret);
    return token;
  };

  it.each([
    ['its own server', 0],
    ['another server', 1],
  ])(
    'one that never acknowledges: the revocation is answered by %s when it holds no sub-lease of before',
    (_, through) =>
      // It may have been granted a little while it owed the first answer.
      expectWithin([BY_ITS_SUB_LEASE_MS, AT_ONCE_MS], async () => {
        const child = await Child.join(server(0).url);
        const tokens = [await remembered(child), await remembered(child)];
        child.acknowledges = false;
        const tookMs = await revoke(tokens[0] as TestToken, through);
        expect(child.answer((tokens[0] as TestToken).secret)).toBeNull();
        // It is given nothing while it owes an answer, and is cut off.
        expect(await child.stream.closed).toBe(4408);
        return [tookMs, await revoke(tokens[1] as TestToken, through)];
      }),
    120_000,
  );

  it(
    'one that is frozen: the next revocations are as if it were not there, and it refuses when it thaws',
    () =>
      expectWithin([BY_ITS_SUB_LEASE_MS, AT_ONCE_MS, AT_ONCE_MS], async () => {
        const child = await Child.join(server(0).url);
        const tokens = [await remembered(child), await remembered(child), await remembered(child)];
        child.freeze();
        const tookMs = [
          await revoke(tokens[0] as TestToken, 1),
          await revoke(tokens[1] as TestToken, 0),
          await revoke(tokens[2] as TestToken, 1),
        ];
        for (const { secret } of tokens) expect(child.answer(secret)).toBeNull();
        child.thaw();
        for (const { secret } of tokens) expect(child.answer(secret)).toBeNull();
        child.break();
        return tookMs;
      }),
    120_000,
  );

  it.each<[string, (link: StreamLink) => void]>([
    ['that the server sees closed and it does not', (link) => link.closeBehind()],
    ['that has gone silent', (link) => link.silence()],
  ])(
    'one behind a connection %s counts until its sub-lease ends',
    (_, spoil) =>
      expectWithin([BY_ITS_SUB_LEASE_MS], async () => {
        const link = await StreamLink.open(server(0).url);
        const child = await Child.join(link.url);
        const token = await remembered(child);
        spoil(link);
        const tookMs = await revoke(token, 0);
        expect(child.stream.isClosed).toBe(false);
        expect(child.answer(token.secret)).toBeNull();
        link.close();
        return [tookMs];
      }),
    120_000,
  );

  it('one of a business delays the revocations of that business alone', async () => {
    const other = await aBusiness({ url: server(0).url });
    const [own, theirs] = await Promise.all(
      [verifiers.business, other].map(async (business: TestBusiness) => {
        const { secret } = await aToken(business, { scopes: ['rescind:tokens:verify'] });
        return Child.join(server(0).url, { secret });
      }),
    );
    let overtaken = 0;
    // A stalled machine may be as late as a lease; the protocol would be so each time.
    for (let attempts = 0; attempts < 5 && overtaken === 0; attempts++) {
      const frozen = await Child.join(server(0).url, {
        secret: (await aToken(verifiers.business, { scopes: ['rescind:tokens:verify'] })).secret,
      });
      const held = await remembered(frozen);
      const free = [await aToken(other), await aToken(other)];
      await (own as Child).remember(held.secret);
      for (const { secret } of free) await (theirs as Child).remember(secret);
      frozen.freeze();
      let isAnswered = false;
      const waiting = revoke(held, 0).then(() => (isAnswered = true));
      await frozen.stream.hear('evict');
      await revoke(free[0] as TestToken, 0, other);
      await revoke(free[1] as TestToken, 1, other);
      if (!isAnswered) overtaken++;
      await waiting;
      expect(frozen.answer(held.secret)).toBeNull();
      frozen.break();
    }
    expect(overtaken).toBe(1);
    await (own as Child).leave();
    await (theirs as Child).leave();
  }, 120_000);

  it(
    'one that leaves is waited for no longer',
    () =>
      expectWithin([AT_ONCE_MS], async () => {
        const child = await Child.join(server(0).url);
        const token = await remembered(child);
        await child.leave();
        return [await revoke(token, 1)];
      }),
    120_000,
  );
});
