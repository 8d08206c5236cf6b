import { aMember, aToken, type TestToken } from '../../support/factories.js';
import { Child, refusedWith, Stream } from '../../support/stream-child.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';
import { StreamLink } from './stream-link.js';

describe('the end of a credential ends the streams that were opened with it', () => {
  let verifiers: Verifiers;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: '5000' });
  }, 120_000);
  afterAll(() => verifiers.end());

  const api = () => verifiers.business.api;
  it.each<[string, (token: TestToken, memberId: string) => Promise<{ status: number }>]>([
    ['its token is revoked', (token) => api().post(`/api/v1/tokens/${token.id}/revoke`)],
    ['its owner is removed', (_, memberId) => api().delete(`/api/v1/members/${memberId}`)],
    [
      'its owner may not verify any more',
      (_, memberId) => api().patch(`/api/v1/members/${memberId}`, { role: 'auditor' }),
    ],
  ])(
    '%s: when that is answered, nothing is answered from memory',
    async (_, end) => {
      const member = await aMember(verifiers.business);
      const credential = await aToken(verifiers.business, { member, scopes: ['rescind:tokens:verify'] });
      const others = await aToken(verifiers.business);
      const children = await Promise.all(
        verifiers.all.map(({ url }: Verifier) => Child.join(url, { secret: credential.secret })),
      );
      for (const child of children) await child.remember(others.secret);
      expect((await end(credential, member.id)).status).toBeLessThan(300);
      for (const child of children) {
        expect(child.answer(others.secret)).toBeNull();
        expect(child.remembered).toBe(0);
        expect(await child.stream.closed).toBe(4401);
        expect(child.stream.heard.at(-1)).toMatchObject({ type: 'bye', code: 'credential_ended' });
      }
      const { url } = verifiers.all[1] as Verifier;
      expect([401, 403]).toContain((await refusedWith(url, { secret: credential.secret })).status);
    },
    120_000,
  );

  it('whoever does not hear of it is waited for, connected or not', async () => {
    const credential = await aToken(verifiers.business, { scopes: ['rescind:tokens:verify'] });
    const others = await aToken(verifiers.business);
    const links = await Promise.all(verifiers.all.map(({ url }) => StreamLink.open(url)));
    const children = await Promise.all(
      links.map(({ url }) => Child.join(url, { secret: credential.secret })),
    );
    for (const child of children) await child.remember(others.secret);
    links[0]?.silence();
    links[1]?.closeBehind();
    await api().post(`/api/v1/tokens/${credential.id}/revoke`);
    for (const child of children) {
      expect(child.answer(others.secret)).toBeNull();
      expect(child.stream.isClosed).toBe(false);
    }
    for (const link of links) link.close();
  }, 120_000);

  it('whoever has opened a stream before, and says hello only then, is told nothing', async () => {
    const others = await aToken(verifiers.business);
    for (const { url } of verifiers.all) {
      const credential = await aToken(verifiers.business, { scopes: ['rescind:tokens:verify'] });
      const stream = await Stream.open(url, { secret: credential.secret });
      await api().post(`/api/v1/tokens/${credential.id}/revoke`);
      stream.say({ type: 'hello', version: 1, name: 'late', max: 10 });
      stream.say({ type: 'ask', id: 1, secret: others.secret });
      expect(await stream.closed).toBe(4401);
      expect(stream.heard.map(({ type }) => type as string)).toEqual(['welcome', 'bye']);
    }
  }, 120_000);

  it('another token of the owner: the stream goes on', async () => {
    const member = await aMember(verifiers.business);
    const credential = await aToken(verifiers.business, { member, scopes: ['rescind:tokens:verify'] });
    const other = await aToken(verifiers.business, { member });
    const child = await Child.join((verifiers.all[0] as Verifier).url, { secret: credential.secret });
    await child.remember(other.secret);
    await api().post(`/api/v1/tokens/${other.id}/revoke`);
    expect(child.answer(other.secret)).toBeNull();
    await api().patch(`/api/v1/members/${member.id}`, { role: 'admin' });
    const third = await aToken(verifiers.business);
    await child.remember(third.secret);
    expect(child.stream.isClosed).toBe(false);
    await child.leave();
  }, 120_000);
});
