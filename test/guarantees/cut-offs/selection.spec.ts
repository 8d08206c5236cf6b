import { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { aMember, aToken } from '../../support/factories.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const TOKENS = 10_000;
const PATH = '/api/v1/revocations';

/** Copies of a token. */
const COPIES = `
INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at)
SELECT gen_random_uuid(), substr(md5(random()::text || n), 1, 22), business_id, owner_kind, member_id, name, token_prefix,
  decode(md5(random()::text || n) || md5(n::text), 'hex'), pepper_id, scopes, created_at
FROM tokens, generate_series(2, $2::int) AS n WHERE id = $1`;

/** What became of the tokens of member $1 that selection $2 means. */
const OUTCOME = `
WITH told AS MATERIALIZED (SELECT target_id, count(*) AS events FROM audit_events WHERE action = 'token.revoked' GROUP BY 1)
SELECT count(*)::int AS tokens, count(*) FILTER (WHERE t.revoked_at IS NOT NULL AND t.revocation_reason = 'left in anger')::int AS revoked,
  sum(told.events)::int AS events, max(told.events)::int AS most,
  (SELECT count(*)::int FROM revocation_sets WHERE revocation_id = $2 AND marked AND revoked) AS marked
FROM (SELECT *, id::text AS target_id FROM tokens WHERE member_id = $1) t LEFT JOIN told USING (target_id)`;

describe('R1, R4: selected tokens that are revoked row by row', () => {
  let world: Verifiers;
  beforeAll(async () => {
    world = await startVerifiers(3);
  });
  afterAll(() => world?.end());

  const markedOf = async (where: string, values: unknown[]): Promise<number> => {
    const query = `SELECT count(*)::int AS count FROM revocation_sets WHERE marked AND ${where}`;
    return (await sql<{ count: number }>(world.database.superuserUrl, query, values))[0]?.count ?? 0;
  };

  it('are revoked to the end by whoever lives, each once, when the process that was asked is killed again and again', async () => {
    const member = await aMember(world.business);
    const { id } = await aToken(world.business, { member, scopes: ['orders:read'] });
    await sql(world.database.superuserUrl, COPIES, [id, TOKENS]);
    const selector = { owner_email: member.email, scopes_has: ['orders:read'] };
    const key = 'the-night-of-the-leak';
    const call = (api: Api) =>
      api.call('POST', PATH, {
        body: { selector, reason: 'left in anger' },
        headers: { 'idempotency-key': key },
      });
    const apiOf = (verifier: Verifier): Api => new Api(verifier.url, platformSecret(), world.business.id);
    const [first, second, third] = world.all as [Verifier, Verifier, Verifier];
    const lost = call(apiOf(first)).catch((error: unknown) => error);
    await waitFor('some to be marked', async () => (await markedOf('true', [])) > 0);
    await first.kill();
    await lost;
    const [request] = await sql<{ id: string; state: string }>(
      world.database.superuserUrl,
      'SELECT id, state FROM revocation_requests',
    );
    expect(request?.state).toBe('marking');
    const before = await markedOf('true', []);
    expect(before).toBeLessThan(TOKENS);
    // Nobody asks: another one goes on by itself, and is killed as well.
    await waitFor('somebody to go on', async () => (await markedOf('true', [])) > before);
    await second.kill();
    const again = await call(apiOf(third));
    expect([again.status, again.body]).toMatchObject([
      201,
      { id: request?.id, state: 'done', tokens_matched: TOKENS, tokens_revoked: TOKENS },
    ]);
    const outcome = await sql(world.database.superuserUrl, OUTCOME, [member.id, request?.id]);
    expect(outcome).toEqual([{ tokens: TOKENS, revoked: TOKENS, events: TOKENS, most: 1, marked: TOKENS }]);
    const dense = `SELECT max(sequence)::int = count(*)::int AS dense FROM audit_events WHERE business_id = $1`;
    expect(await sql(world.database.superuserUrl, dense, [world.business.id])).toEqual([{ dense: true }]);
  });

  it('are refused by every verifier that remembered them when the call has answered', async () => {
    const verifier = await world.add();
    const api = new Api(verifier.url, platformSecret(), world.business.id);
    const business = { ...world.business, api };
    const tokens = [
      await aToken(business, { name: 'remembered' }),
      await aToken(business, { name: 'remembered' }),
    ];
    const ask = async (token: string) =>
      (await api.post('/api/v1/tokens/verify', { token })).body.active as boolean;
    for (const { secret } of tokens) expect(await ask(secret)).toBe(true);
    const { status } = await api.post(PATH, {
      selector: { name: 'remembered', owner_email: '*' },
      reason: 'x',
    });
    expect(status).toBe(201);
    for (const { secret } of tokens) expect(await ask(secret)).toBe(false);
  });

  it('let nobody issue, rotate or change anything with one of them once the set stands', async () => {
    const verifier = world.all.at(-1) as Verifier;
    const api = new Api(verifier.url, platformSecret(), world.business.id);
    const business = { ...world.business, api };
    const token = await aToken(business, { name: 'caught', role: 'owner' });
    const other = await aToken(business, { role: 'owner' });
    // As a set is while its tokens are not marked yet.
    const id = '0199c0de-0000-7000-8000-000000000001';
    await sql(
      world.database.superuserUrl,
      `INSERT INTO revocation_sets (revocation_id, business_id, token_created_at, token_id)
       SELECT $1, business_id, created_at, id FROM tokens WHERE id = $2`,
      [id, token.id],
    );
    const rotate = `/api/v1/tokens/${token.id}/rotate`;
    expect((await token.api.post('/api/v1/tokens', { name: 'offspring' })).status).toBe(401);
    expect((await token.api.post(rotate, {})).status).toBe(401);
    expect((await other.api.post(rotate, {})).status).toBe(409);
    const leave = 'DELETE FROM revocation_sets WHERE revocation_id = $1';
    await expect(sql(world.database.superuserUrl, leave, [id])).rejects.toThrow('does not leave the set');
  });
});
