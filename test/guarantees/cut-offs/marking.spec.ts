import { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { aMember, aToken, type TestMember } from '../../support/factories.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const TOKENS = 10_000;
/** On a busy machine marking rests. */
const LIMIT_MS = 300_000;

/** Copies of a member's only token. */
const COPIES = `
INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at)
SELECT gen_random_uuid(), substr(md5(random()::text || n), 1, 22), business_id, owner_kind, member_id, name, token_prefix,
  decode(md5(random()::text || n) || md5(n::text), 'hex'), pepper_id, scopes, created_at
FROM tokens, generate_series(2, $2::int) AS n WHERE id = $1`;

/** What became of the tokens of member $1 that cut-off $2 means. */
const OUTCOME = `
WITH told AS MATERIALIZED (SELECT target_id, count(*) AS events FROM audit_events WHERE action = 'token.revoked' GROUP BY 1),
cut AS MATERIALIZED (SELECT * FROM revocations WHERE id = $2)
SELECT count(*)::int AS tokens, count(*) FILTER (WHERE t.revoked_with = c.id)::int AS marked,
  count(*) FILTER (WHERE t.revoked_with = c.id AND (t.revoked_at, t.revoked_by, t.revocation_reason) = (c.revoked_at, c.revoked_by, c.revocation_reason))::int AS agree,
  sum(told.events)::int AS events, max(told.events)::int AS most
FROM cut c CROSS JOIN (SELECT *, id::text AS target_id FROM tokens WHERE member_id = $1) t JOIN told USING (target_id)`;

describe('R4: the marking of what was cut off', () => {
  let world: Verifiers;
  beforeAll(async () => {
    world = await startVerifiers(4);
  });
  afterAll(() => world?.end());

  async function anOwnerOfMany(count: number): Promise<TestMember> {
    const member = await aMember(world.business);
    const { id } = await aToken(world.business, { member });
    await sql(world.database.superuserUrl, COPIES, [id, count]);
    return member;
  }
  const markedOf = async (id: string): Promise<number> => {
    const query = 'SELECT count(*)::int AS count FROM tokens WHERE revoked_with = $1';
    return (await sql<{ count: number }>(world.database.superuserUrl, query, [id]))[0]?.count ?? 0;
  };
  const stateOf = async (id: string): Promise<string> => {
    const query = 'SELECT state FROM revocations WHERE id = $1';
    return (await sql<{ state: string }>(world.database.superuserUrl, query, [id]))[0]?.state ?? '';
  };

  it(
    'survives kill -9 of the process that does it, again and again: each token once, with one event',
    async () => {
      const member = await anOwnerOfMany(TOKENS);
      const before = await sql<{ id: string }>(
        world.database.superuserUrl,
        'SELECT id FROM tokens WHERE member_id = $1 ORDER BY created_at LIMIT 3',
        [member.id],
      );
      for (const { id } of before)
        await world.business.api.post(`/api/v1/tokens/${id}/revoke`, { reason: 'before' });
      const { status, body } = await world.business.api.post('/api/v1/revocations', {
        selector: { owner: member.email },
        reason: 'left in anger',
      });
      expect(status).toBe(201);
      // Whoever marks: the one that was asked, and of the others any.
      for (const victims of [world.all.slice(0, 1), world.all.slice(1, 3)]) {
        const marked = await markedOf(body.id);
        await waitFor('more to be marked', async () => (await markedOf(body.id)) > marked);
        await Promise.all(victims.map((victim) => victim.kill()));
        expect(await stateOf(body.id)).toBe('marking');
      }
      const { url } = world.all[3] as Verifier;
      const api = new Api(url, platformSecret(), world.business.id);
      const now = await waitFor(
        'the end of the marking',
        async () => {
          const { body: read } = await api.get(`/api/v1/revocations/${body.id}`);
          return read.state === 'done' ? read : null;
        },
        LIMIT_MS,
      );
      expect(now).toMatchObject({ tokens_revoked: TOKENS - 3, revocation_reason: 'left in anger' });
      const [row] = await sql(world.database.superuserUrl, OUTCOME, [member.id, body.id]);
      expect(row).toEqual({ tokens: TOKENS, marked: TOKENS - 3, agree: TOKENS - 3, events: TOKENS, most: 1 });
      const dense = `SELECT max(sequence)::int = count(*)::int AS dense FROM audit_events WHERE business_id = $1`;
      expect(await sql(world.database.superuserUrl, dense, [world.business.id])).toEqual([{ dense: true }]);
    },
    LIMIT_MS,
  );
});
