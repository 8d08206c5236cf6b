import { Api } from '../../support/api.js';
import { aBusiness, aMember, anIdentity, aToken, type TestToken } from '../../support/factories.js';
import { Child } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

describe('R1: what was answered as revoked is refused at once in the processes of client verifiers', () => {
  let verifiers: Verifiers;
  let children: Child[];
  beforeAll(async () => {
    // Long, so that no stall of a busy machine costs anybody a lease.
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: '5000' });
    const backEnd = await aToken(verifiers.business, { scopes: ['rescind:tokens:verify'] });
    children = [];
    for (const { url } of verifiers.all)
      children.push(
        await Child.join(url),
        await Child.join(url),
        await Child.join(url, { secret: backEnd.secret }),
      );
  }, 120_000);
  afterAll(async () => {
    for (const child of children) await child.leave();
    await verifiers.end();
  });

  const through = (index: number): Api => {
    const { url } = verifiers.all[index % verifiers.all.length] as Verifier;
    return new Api(url, platformSecret(), verifiers.business.id);
  };
  const remembered = async (options: Parameters<typeof aToken>[1] = {}): Promise<TestToken> => {
    const token = await aToken(verifiers.business, options);
    await Promise.all(children.map((child) => child.remember(token.secret)));
    return token;
  };
  const answers = (token: TestToken): (string | null)[] =>
    children.map((child) => child.answer(token.secret));
  const nobody = Array.from({ length: 6 }, () => null);

  it('by a revoke call to any server, without waiting for a lease', async () => {
    const waitedOut: number[] = [];
    for (let index = 0; index < 20; index++) {
      const token = await remembered();
      const { status, body } = await through(index).post(`/api/v1/tokens/${token.id}/revoke`);
      expect(answers(token)).toEqual(nobody);
      expect(status).toBe(201);
      waitedOut.push(body.receipt.verifiers_waited_out);
      expect(children.every((child) => child.stream.heard.some(({ type }) => type === 'evict'))).toBe(true);
    }
    expect(Math.min(...waitedOut)).toBe(0);
  }, 120_000);

  it('by a rotation without grace, the end of a member, an identity, a business', async () => {
    const rotated = await remembered();
    await through(1).post(`/api/v1/tokens/${rotated.id}/rotate`, { grace_seconds: 0 });
    expect(answers(rotated)).toEqual(nobody);

    const member = await aMember(verifiers.business);
    const theirs = await remembered({ member });
    await through(0).delete(`/api/v1/members/${member.id}`);
    expect(answers(theirs)).toEqual(nobody);

    const identity = await anIdentity(verifiers.business);
    const its = await remembered({ identityId: identity.id });
    await through(1).post(`/api/v1/identities/${identity.id}/disable`);
    expect(answers(its)).toEqual(nobody);
  }, 120_000);

  it('by suspending a business, and all of its tokens at once', async () => {
    const other = await aBusiness({ url: (verifiers.all[0] as Verifier).url });
    const tokens = await Promise.all([aToken(other), aToken(other), aToken(other)]);
    const platform = children.filter((_, index) => index % 3 !== 2);
    for (const { secret } of tokens) await Promise.all(platform.map((child) => child.remember(secret)));
    await through(1).within(null).post(`/api/v1/admin/businesses/${other.id}/suspend`, {});
    for (const { secret } of tokens)
      expect(platform.map((child) => child.answer(secret))).toEqual(platform.map(() => null));
  }, 120_000);

  it('while they ask for the same token again and again', async () => {
    for (let index = 0; index < 10; index++) {
      const token = await remembered();
      let isOver = false;
      const asking = children.map(async (child) => {
        while (!isOver) await child.ask(token.secret);
      });
      await through(index).post(`/api/v1/tokens/${token.id}/revoke`);
      expect(answers(token)).toEqual(nobody);
      isOver = true;
      await Promise.all(asking);
      expect(answers(token)).toEqual(nobody);
    }
  }, 120_000);
});
