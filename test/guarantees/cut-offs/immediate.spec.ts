import { sql } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aMember, anIdentity, aToken, platform, type TestToken } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { changeToken } from '../../support/token-mac.js';
import { Child } from '../../support/stream-child.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from '../verifiers.js';

describe('R1: once a cut-off has answered, all that it means is refused everywhere', () => {
  let world: Verifiers;
  beforeAll(async () => {
    world = await startVerifiers(2);
  });
  afterAll(() => world?.end());

  const revoke = (selector: object, more: object = {}) =>
    world.business.api.post('/api/v1/revocations', { selector, reason: 'stolen', ...more });
  const rememberAll = async (tokens: TestToken[]): Promise<void> => {
    for (const token of tokens) await world.remember(token);
  };
  const outcomes = async (tokens: TestToken[]): Promise<string[]> =>
    (await Promise.all(tokens.map((token) => world.verdicts(token)))).flat();
  const feedLength = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      world.database.superuserUrl,
      'SELECT count(*)::int AS count FROM revocation_feed',
    );
    return (row as { count: number }).count;
  };

  it('of a member: one entry in the feed, and what is issued afterwards is good at once', async () => {
    const member = await aMember(world.business);
    const tokens = [
      await aToken(world.business, { member }),
      await aToken(world.business, { member }),
      await aToken(world.business, { member }),
    ];
    const other = await aToken(world.business);
    await rememberAll([...tokens, other]);
    const before = await feedLength();
    const { status, body } = await revoke({ owner: member.email });
    expect(await outcomes(tokens)).toEqual(Array(6).fill('revoked'));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: 'cut_off',
      selector: { owner: member.email },
      revocation_reason: 'stolen',
      receipt: { verifiers_registered: 2, verifiers_acknowledged: 2, audit_sequence: expect.any(Number) },
    });
    expect(await outcomes([other])).toEqual(['active', 'active']);
    const fresh = await aToken(world.business, { member });
    expect(await outcomes([fresh])).toEqual(['active', 'active']);
    await waitFor('all to be marked', async () => {
      const { body: now } = await world.business.api.get(`/api/v1/revocations/${body.id}`);
      return now.state === 'done' && now.tokens_revoked === 3;
    });
    expect(await feedLength()).toBe(before + 1);
    expect(await outcomes([...tokens, fresh])).toEqual([
      ...Array<string>(6).fill('revoked'),
      'active',
      'active',
    ]);
  });

  it('of an identity, and of a business with all that is in it', async () => {
    const identity = await anIdentity(world.business);
    const ofIdentity = await aToken(world.business, { identityId: identity.id });
    const ofMember = await aToken(world.business);
    await rememberAll([ofIdentity, ofMember]);
    expect((await revoke({ identity: identity.id })).status).toBe(201);
    expect(await outcomes([ofIdentity, ofMember])).toEqual(['revoked', 'revoked', 'active', 'active']);
    expect((await revoke({ business: true })).status).toBe(201);
    expect(await outcomes([ofMember])).toEqual(['revoked', 'revoked']);
    expect(await outcomes([await aToken(world.business)])).toEqual(['active', 'active']);
  });

  it('up to a moment that has passed: what was issued later stays good', async () => {
    const member = await aMember(world.business);
    const old = await aToken(world.business, { member });
    const { body } = await world.business.api.get(`/api/v1/tokens/${old.id}`);
    const young = await aToken(world.business, { member });
    await rememberAll([old, young]);
    const { status } = await revoke({ owner: member.email }, { issued_before: body.created_at });
    expect([status, await outcomes([old, young])]).toEqual([201, ['revoked', 'revoked', 'active', 'active']]);
  });

  it('with a frozen verifier: waits for the end of its lease, and no longer', async () => {
    const frozen = await world.add();
    const token = await aToken(world.business);
    await world.remember(token);
    const { body } = await world.business.api.get(`/api/v1/tokens/${token.id}`);
    frozen.freeze();
    const t0 = performance.now();
    const { status, body: revocation } = await revoke({ owner: body.owner.email });
    const tookMs = performance.now() - t0;
    expect([status, revocation.receipt.verifiers_waited_out]).toEqual([201, 1]);
    expect(tookMs).toBeLessThan(5000);
    frozen.thaw();
    expect(outcomeOf(await verify(frozen, world.business, token))).toBe('revoked');
  });

  it('by every way of asking, from memory and from the database, and as the bearer of a call', async () => {
    const member = await aMember(world.business, 'admin');
    const token = await aToken(world.business, { member });
    const asker = await aToken(world.business, { scopes: ['rescind:tokens:verify'] });
    const statusOf = async (verifier: Verifier): Promise<unknown[]> => {
      const { url } = verifier;
      const items = [{ token: token.secret }];
      const batch = await world.business.api.post('/api/v1/tokens/verify-batch', { items });
      const introspected = await postForm(url, '/oauth/introspect', [['token', token.secret]], {
        bearer: asker.secret,
      });
      const bearer: [string, string][] = [['authorization', `Bearer ${token.secret}`]];
      const answers = await Promise.all([
        exchange(url, { method: 'GET', path: '/gateway/authorize', headers: bearer }),
        exchange(url, { method: 'GET', path: '/api/public/v1/auth/me', headers: bearer }),
        exchange(url, {
          method: 'GET',
          path: '/api/v1/members',
          headers: [...bearer, ['x-business-id', world.business.id]],
        }),
      ]);
      return [
        batch.body.items[0].active,
        (JSON.parse(introspected.text) as { active: boolean }).active,
        ...answers.map(({ status }) => status),
      ];
    };
    const withoutMemory = await world.add({ RESCIND_VERDICT_MEMORY: 'false' });
    await world.remember(token);
    const good = [true, true, 200, 200, 200];
    for (const verifier of world.all) expect(await statusOf(verifier)).toEqual(good);
    await revoke({ owner: member.email });
    const bad = [false, false, 401, 401, 401];
    for (const verifier of [...world.all, withoutMemory]) expect(await statusOf(verifier)).toEqual(bad);
  });

  it('in client verifiers: evicted by group, and told nothing of others', async () => {
    const [one] = world.all;
    const child = await Child.join((one as Verifier).url);
    const member = await aMember(world.business);
    const tokens = [await aToken(world.business, { member }), await aToken(world.business, { member })];
    const other = await aToken(world.business);
    for (const { secret } of [...tokens, other]) await child.remember(secret);
    await revoke({ owner: member.email });
    expect([...tokens, other].map(({ secret }) => child.answer(secret) !== null)).toEqual([
      false,
      false,
      true,
    ]);
    const evicted = child.stream.heard.filter(({ type }) => type === 'evict').length;
    expect(evicted).toBe(1);
    await revoke({ business: true });
    expect(child.answer(other.secret)).toBeNull();
    await child.leave();
  });

  it('of the whole platform, the token that asked included, and what was issued before the clock was set back', async () => {
    const tokens = [await aToken(world.business), await aToken(world.business)];
    const [early] = tokens as [TestToken];
    await changeToken(world.database.superuserUrl, early.id, `created_at = now() + interval '5 seconds'`);
    const operator = await platform((world.all[0] as { url: string }).url);
    const spare = await operator.post('/api/v1/admin/tokens', { name: 'spare' });
    const asker = operator.as(spare.body.token as string);
    await rememberAll(tokens);
    const { status, body } = await asker.post('/api/v1/admin/revocations', {
      selector: { platform: true },
      reason: 'everything',
    });
    expect(status).toBe(201);
    expect(body.state).toMatch(/marking|done/);
    expect((await asker.get('/api/v1/admin/tokens')).status).toBe(401);
    expect((await operator.get('/api/v1/admin/tokens')).status).toBe(401);
    await waitFor('all to be marked', async () => {
      const [row] = await sql<{ left: number }>(
        world.database.superuserUrl,
        'SELECT count(*)::int AS left FROM tokens WHERE revoked_at IS NULL',
      );
      return row?.left === 0;
    });
  });
});
