import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import {
  DROP_SETS,
  RevocationLeftovers,
} from '../../../src/revocations/bulk/revocation-leftovers.repository.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const TOKENS = 5000;

describe('what revocations of many tokens leave behind', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let dataSource: DataSource;
  let business: TestBusiness;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    const options = dataSourceOptions({ url: serviceUrlOf(database.url), poolMax: 8 });
    dataSource = await new DataSource(options).initialize();
    business = await aBusiness({ url: rescind.url });
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await rescind?.stop();
    await database?.drop();
  });

  const run = (stopped = new AbortController().signal): Promise<void> =>
    new RevocationLeftovers(dataSource).round(stopped);
  const count = async (table: string, id: string): Promise<number> => {
    const column = table === 'revocation_sets' ? 'revocation_id' : 'business_id';
    const query = `SELECT count(*)::int AS count FROM ${table} WHERE ${column} = $1`;
    return (await sql<{ count: number }>(database.superuserUrl, query, [id]))[0]?.count ?? NaN;
  };
  /** A selection that came to this state so many days ago, with some tokens. */
  const aSelection = async (state: 'marking' | 'done', days: number, tokens = 3): Promise<string> => {
    const id = randomUUID();
    await sql(
      database.superuserUrl,
      `INSERT INTO revocation_requests (id, business_id, kind, request, revocation_reason, asked_at, asked_by, asked_by_token, tokens_matched,
         state, revoked_at, tokens_revoked, finished_at)
       SELECT $1, $2, 'selection', '{"selector": {"name": "a"}}', 'x', at, 'a', gen_random_uuid(), $5::int, $3::text, at,
         CASE WHEN $3::text = 'done' THEN $5::int END, CASE WHEN $3::text = 'done' THEN at END FROM (SELECT now() - make_interval(days => $4::int) AS at) a`,
      [id, business.id, state, days, tokens],
    );
    await sql(
      database.superuserUrl,
      `INSERT INTO revocation_sets SELECT $1, $2, now() - interval '1 year', gen_random_uuid(), $3::text = 'done', $3::text = 'done' FROM generate_series(1, $4::int)`,
      [id, business.id, state, tokens],
    );
    return id;
  };

  it('goes when nobody needs it: the sets that were done 90 days ago, whole, however many look at once', async () => {
    const [old, older, recent, open] = [
      await aSelection('done', 91, TOKENS),
      await aSelection('done', 400),
      await aSelection('done', 89),
      // What is not revoked does not leave a set, whenever it began.
      await aSelection('marking', 400),
    ];
    await Promise.all([run(), run(), run()]);
    await run();
    for (const id of [old, older]) expect(await count('revocation_sets', id)).toBe(0);
    for (const id of [recent, open]) expect(await count('revocation_sets', id)).toBe(3);
    expect(await count('revocation_requests', business.id)).toBe(4);
    const path = `/api/v1/revocations/${old}`;
    const told = await business.api.get(path);
    expect(told.body).toMatchObject({ state: 'done', tokens_matched: TOKENS, tokens_revoked: TOKENS });
    expect(Date.parse(told.body.tokens_listed_until as string)).toBeLessThan(Date.now());
    expect(await business.api.get(`${path}/tokens`)).toMatchObject({ status: 404, body: { code: 'revocation.tokens_dropped' } });
    expect((await business.api.get(`/api/v1/revocations/${recent}/tokens`)).status).toBe(200);
    const foreign = await aBusiness({ url: rescind.url });
    const hidden = await foreign.api.get(`${path}/tokens`);
    expect(hidden).toMatchObject({ status: 404, body: { code: 'revocation.not_found' } });
  }); // prettier-ignore

  it('goes with plans that nobody could use for a day, and what counted for one', async () => {
    const plan = (age: string, used: boolean): Promise<unknown> =>
      sql(
        database.superuserUrl,
        `INSERT INTO revocation_plans (id, business_id, actor_token_id, request, tokens, fingerprint, expires_at, used_at)
         VALUES (gen_random_uuid(), $1, gen_random_uuid(), '{}', 1, '', now() - $2::interval, CASE WHEN $3 THEN now() END)`,
        [business.id, age, used],
      );
    for (const age of ['-5 minutes', '23 hours', '25 hours', '1 year'])
      for (const used of [true, false]) await plan(age, used);
    for (const age of ['23 hours', '25 hours'])
      await sql(
        database.superuserUrl,
        `INSERT INTO revocation_tallies VALUES (gen_random_uuid(), $1, '{}', 1, now() - $2::interval)`,
        [business.id, age],
      );
    await run();
    expect(await count('revocation_plans', business.id)).toBe(4);
    expect(await count('revocation_tallies', business.id)).toBe(1);
  });

  it('stays where the process is stopped, and is gone with the next round', async () => {
    const id = await aSelection('done', 91, TOKENS);
    await run(AbortSignal.abort());
    expect(await count('revocation_sets', id)).toBe(TOKENS);
    expect(await new RevocationLeftovers(dataSource).drop(DROP_SETS, 10)).toBe(10);
    expect(await count('revocation_sets', id)).toBe(TOKENS - 10);
    await run();
    expect(await count('revocation_sets', id)).toBe(0);
  });

  it('does not go before its time, whoever has the rights of the service', async () => {
    const service = serviceUrlOf(database.url);
    const recent = await aSelection('done', 89);
    const take = (id: string) => sql(service, 'DELETE FROM revocation_sets WHERE revocation_id = $1', [id]);
    await expect(take(recent)).rejects.toThrow('does not leave the set');
    await expect(sql(service, 'TRUNCATE revocation_sets')).rejects.toThrow('permission denied');
    await expect(sql(service, `UPDATE revocation_requests SET finished_at = now() - interval '1 year' WHERE id = $1`, [recent])).rejects.toThrow('stays');
    // A set that is said to be done long ago, with a token in it that is not revoked.
    const token = await aToken(business, { role: 'owner' });
    const id = randomUUID();
    await sql(
      service,
      `INSERT INTO revocation_requests (id, business_id, kind, request, revocation_reason, asked_by, asked_by_token, tokens_matched, state, finished_at)
       VALUES ($1, $2, 'selection', '{}', 'x', 'a', gen_random_uuid(), 1, 'done', now() - interval '1 year')`,
      [id, business.id],
    );
    const set = `INSERT INTO revocation_sets (revocation_id, business_id, token_created_at, token_id) SELECT $1, business_id, created_at, id FROM tokens WHERE id = $2`;
    await sql(service, set, [id, token.id]);
    await expect(take(id)).rejects.toThrow('does not leave the set');
    await run();
    expect(await count('revocation_sets', id)).toBe(1);
    expect((await token.api.post('/api/v1/tokens', { name: 'offspring' })).status).toBe(401);
  }); // prettier-ignore
});
