import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { Child } from '../../support/stream-child.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

describe('R6: a client verifier of a business hears nothing of another', () => {
  let verifiers: Verifiers;
  beforeAll(async () => {
    verifiers = await startVerifiers(1, { RESCIND_LEASE_MS: '5000' });
  }, 120_000);
  afterAll(() => verifiers.end());

  it('whatever the other revokes, and whatever it was asked about', async () => {
    const { url } = verifiers.all[0] as Verifier;
    const businesses = [verifiers.business, await aBusiness({ url })];
    const children = await Promise.all(
      businesses.map(async (business: TestBusiness) => {
        const { secret } = await aToken(business, { scopes: ['rescind:tokens:verify'] });
        return Child.join(url, { secret });
      }),
    );
    const [own, theirs] = children as [Child, Child];
    const [business, other] = businesses as [TestBusiness, TestBusiness];
    const member = await aMember(other);
    const tokens = await Promise.all(Array.from({ length: 5 }, () => aToken(other, { member })));
    for (const { secret } of tokens) {
      await theirs.remember(secret);
      expect((await own.ask(secret)).verdict).toEqual({ active: false, reason: 'unknown' });
    }
    const mine = await aToken(business);
    await own.remember(mine.secret);
    for (const { id } of tokens.slice(1)) await other.api.post(`/api/v1/tokens/${id}/revoke`);
    await other.api.delete(`/api/v1/members/${member.id}`);
    await business.api.post(`/api/v1/tokens/${mine.id}/revoke`);
    expect(own.answer(mine.secret)).toBeNull();
    const evictions = (child: Child): string[] =>
      child.stream.heard.filter(({ type }) => type === 'evict').flatMap(({ entries }) => entries.flat());
    expect(evictions(own)).toEqual(['token', mine.jti]);
    expect(evictions(theirs)).toEqual(expect.arrayContaining(tokens.slice(1).map(({ jti }) => jti)));
    for (const child of children) await child.leave();
  }, 120_000);
});
