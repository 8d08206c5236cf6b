import { randomUUID } from 'node:crypto';
import { rescind } from '../../cli/rescind-command.js';
import { Api, type AnyBody, type ApiAnswer } from '../../support/api.js';
import { ownerUrlOf, serviceUrlOf } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestToken } from '../../support/factories.js';
import { Child } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';
import { expectWithin } from './within-lease.js';

/** Longer than a call counts as under way, for one that repeats it under its key. */
const LEASE_MS = 5000;

interface Ended {
  /** What all of them had told their client verifiers. */
  tokens: TestToken[];
  /** Ends them, or asks for that: answered once no verifier takes them for good. */
  end: (api: Api) => Promise<{ status: number }>;
  /** Asks for what has been done already. */
  again: (api: Api) => Promise<{ status: number }>;
}

/** The first call of this key may not have been answered yet. */
const isUnderWay = ({ body }: ApiAnswer<AnyBody>): boolean => body.code === 'idempotency.under_way';

describe('R1: whoever finds done what they ask for waits for the client verifiers that others wait for', () => {
  let world: Verifiers;
  beforeAll(async () => {
    // A use that is noted meanwhile would have a repeated issue refused, since its secret is in use.
    const settings = { RESCIND_LEASE_MS: String(LEASE_MS), RESCIND_LAST_USED_FLUSH_MS: '600000' };
    world = await startVerifiers(2, settings);
  }, 120_000);
  afterAll(() => world?.end());

  const through = (index: number): Api =>
    new Api((world.all[index] as Verifier).url, platformSecret(), world.business.id);
  const ownersToken = async (): Promise<{ token: TestToken; owner: string; createdAt: string }> => {
    const member = await aMember(world.business);
    const token = await aToken(world.business, { member });
    const { body } = await world.business.api.get(`/api/v1/tokens/${token.id}`);
    return { token, owner: member.email, createdAt: body.created_at };
  };
  const cutOff = (api: Api, owner: string, more: object = {}, headers: Record<string, string> = {}) =>
    api.call('POST', '/api/v1/revocations', {
      body: { selector: { owner }, reason: 'stolen', ...more },
      headers,
    });
  const revoke = (api: Api, { id }: TestToken) => api.post(`/api/v1/tokens/${id}/revoke`);
  /** `rescind revoke`, through a server or at the database. */
  const byCommand = async (what: string[], url: string | null): Promise<{ status: number }> => {
    const { database, business } = world;
    const args = ['revoke', ...what, '--business', business.id, '--reason', 'stolen', '--yes'];
    const through = { RESCIND_API_URL: url ?? '', RESCIND_API_TOKEN: platformSecret() };
    const at = {
      DATABASE_URL: serviceUrlOf(database.url),
      RESCIND_MIGRATE_URL: ownerUrlOf(database.url),
      RESCIND_LEASE_MS: String(LEASE_MS),
    };
    const running = url === null ? rescind([...args, '--direct'], at, true) : rescind(args, through);
    const { code } = await running.ended;
    return { status: code === 0 ? 200 : 500 };
  };

  it.each<[string, () => Promise<Ended>]>([
    [
      'a token that is being revoked',
      async () => {
        const token = await aToken(world.business);
        return { tokens: [token], end: (api) => revoke(api, token), again: (api) => revoke(api, token) };
      },
    ],
    [
      'the receipt of a token that is being revoked',
      async () => {
        const token = await aToken(world.business);
        const receipt = (api: Api) => api.get(`/api/v1/tokens/${token.id}/receipt`);
        return { tokens: [token], end: (api) => revoke(api, token), again: receipt };
      },
    ],
    [
      'a token that is being cut off',
      async () => {
        const { token, owner } = await ownersToken();
        return { tokens: [token], end: (api) => cutOff(api, owner), again: (api) => revoke(api, token) };
      },
    ],
    [
      'a token that is being revoked, from the command line',
      async () => {
        const token = await aToken(world.business);
        const again = ({ url }: Api) => byCommand(['--token', token.id], url);
        return { tokens: [token], end: (api) => revoke(api, token), again };
      },
    ],
    [
      'an owner who is being cut off, from the command line at the database',
      async () => {
        const { token, owner } = await ownersToken();
        const again = () => byCommand(['--owner', owner], null);
        return { tokens: [token], end: (api) => cutOff(api, owner), again };
      },
    ],
    [
      'a cut-off up to an earlier moment than the one that is being made',
      async () => {
        const { token, owner, createdAt } = await ownersToken();
        const again = (api: Api) => cutOff(api, owner, { issued_before: createdAt });
        return { tokens: [token], end: (api) => cutOff(api, owner), again };
      },
    ],
    [
      'a cut-off under the key of the one that is being made',
      async () => {
        const { token, owner } = await ownersToken();
        const end = (api: Api) => cutOff(api, owner, {}, { 'idempotency-key': owner });
        return { tokens: [token], end, again: end };
      },
    ],
    [
      'a rotation under the key of the one that is being made',
      async () => {
        const token = await aToken(world.business);
        const end = (api: Api) =>
          api.call('POST', `/api/v1/tokens/${token.id}/rotate`, {
            body: { grace_seconds: 0 },
            headers: { 'idempotency-key': token.id },
          });
        const again = (api: Api) =>
          waitFor('the first to be under way no more', async () => {
            const answer = await end(api);
            return isUnderWay(answer) ? null : answer;
          });
        return { tokens: [token], end, again };
      },
    ],
    [
      'an identity that is being disabled',
      async () => {
        const { id } = await anIdentity(world.business);
        const token = await aToken(world.business, { identityId: id });
        const end = (api: Api) => api.post(`/api/v1/identities/${id}/disable`);
        return { tokens: [token], end, again: end };
      },
    ],
    [
      'a business that is being suspended',
      async () => {
        const other = await aBusiness({ url: (world.all[0] as Verifier).url });
        const token = await aToken(other);
        const end = (api: Api) => api.within(null).post(`/api/v1/admin/businesses/${other.id}/suspend`, {});
        return { tokens: [token], end, again: end };
      },
    ],
  ])(
    '%s',
    async (_, prepare) => {
      const { tokens, end, again } = await prepare();
      const children = await Promise.all(world.all.map(({ url }) => Child.join(url)));
      for (const child of children)
        for (const { secret } of tokens) {
          await child.remember(secret);
          child.acknowledges = false;
        }
      const first = end(through(0));
      await Promise.all(children.map((child) => child.stream.hear('evict')));
      const { status } = await again(through(1));
      for (const { secret } of tokens)
        expect(children.map((child) => child.answer(secret))).toEqual([null, null]);
      expect(status).toBeLessThan(300);
      expect((await first).status).toBeLessThan(300);
      for (const child of children) child.break();
    },
    60_000,
  );

  it('selected tokens, each of which is revoked by a transaction of its own', async () => {
    const name = 'selected';
    const tokens = [await aToken(world.business, { name }), await aToken(world.business, { name })];
    const child = await Child.join((world.all[1] as Verifier).url);
    for (const { secret } of tokens) await child.remember(secret);
    child.acknowledges = false;
    const { status, body } = await through(0).post('/api/v1/revocations', {
      selector: { name, owner_email: '*' },
      reason: 'stolen',
    });
    expect(tokens.map(({ secret }) => child.answer(secret))).toEqual([null, null]);
    expect([status, body.tokens_revoked]).toEqual([201, 2]);
    child.break();
  }, 60_000);

  it('an issue that is repeated under its key, whose first secret ends with it', async () => {
    const { secret } = await aToken(world.business, { role: 'owner' });
    const issue = () =>
      new Api((world.all[0] as Verifier).url, secret, world.business.id).call('POST', '/api/v1/tokens', {
        body: { name: 'lost', scopes: ['orders:read'] },
        headers: { 'idempotency-key': 'lost' },
      });
    const lost = (await issue()).body.token as string;
    const child = await Child.join((world.all[1] as Verifier).url);
    await child.remember(lost);
    child.acknowledges = false;
    const { status } = await waitFor('the first to be under way no more', async () => {
      const answer = await issue();
      return isUnderWay(answer) ? null : answer;
    });
    expect([status, child.answer(lost)]).toEqual([201, null]);
    child.break();
  }, 60_000);

  it('R6: what another business has is not found as soon, or as late, as what does not exist', async () => {
    const other = await aBusiness({ url: (world.all[0] as Verifier).url });
    const [mine, member] = [await aToken(world.business), await aMember(other)];
    const theirs = await aToken(other, { member });
    const child = await Child.join((world.all[1] as Verifier).url);
    for (const { secret } of [mine, theirs]) await child.remember(secret);
    child.acknowledges = false;
    const notFound = async (): Promise<number[]> => {
      const ids = [member.id, randomUUID()];
      return Promise.all(ids.map(async (id) => (await through(0).delete(`/api/v1/members/${id}`)).status));
    };
    const removed = other.api.delete(`/api/v1/members/${member.id}`);
    await child.stream.hear('evict');
    // Neither waits for the end of the member where there is one.
    expect([await notFound(), child.answer(theirs.secret)]).toEqual([[404, 404], 'active']);
    const revoked = revoke(through(0), mine);
    await child.stream.hear('evict', ({ entries }) => JSON.stringify(entries).includes(mine.jti));
    expect([await notFound(), child.answer(mine.secret)]).toEqual([[404, 404], null]);
    await Promise.all([removed, revoked]);
    child.break();
  }, 60_000);

  it('and not for those of another business', async () => {
    const other = await aBusiness({ url: (world.all[0] as Verifier).url });
    await expectWithin([LEASE_MS / 2], async () => {
      const [mine, theirs] = [await aToken(world.business), await aToken(other)];
      const credential = await aToken(other, { scopes: ['rescind:tokens:verify'] });
      await revoke(through(0), mine);
      const child = await Child.join((world.all[1] as Verifier).url, { secret: credential.secret });
      await child.remember(theirs.secret);
      child.acknowledges = false;
      const slow = revoke(other.api, theirs);
      await child.stream.hear('evict');
      const t0 = performance.now();
      await revoke(through(0), mine);
      const tookMs = performance.now() - t0;
      await slow;
      child.break();
      return [tookMs];
    });
  }, 120_000);
});
