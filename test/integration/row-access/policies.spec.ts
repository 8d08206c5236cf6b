import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { TABLES } from '../../../src/database/privileges.js';
import { GROUP_SCHEMA, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { aSession } from '../../support/session.js';
import { waitFor } from '../../support/wait-for.js';

/** The tables without a policy, each with what makes its rows nobody's, or everybody's. */
const SHARED = {
  migrations: 'the schema is one for all',
  platform_not_before: 'one row',
  verifiers: 'a verifier answers for all businesses',
  revocation_feed: 'a verifier reads what ended anywhere; a row names an id, and no business',
  revocation_feed_epoch: 'one row',
  server_run: 'one row',
  audit_retention_limit: 'one row',
  peppers: 'all businesses have one',
  signing_keys: 'all businesses have one',
  adoption: 'one row',
  last_start: 'of the processes that serve all',
  used_once: 'digests of what signs somebody in or out, of whom nothing is known yet',
  idempotency_keys:
    'a key belongs to a token, which may be the platform’s and act in many businesses under it',
};
const PLATFORM = '00000000-0000-0000-0000-000000000000';
/** How a row says whose it is. */
const businessOf = (table: string): string =>
  table === 'businesses' ? 'id' : table === 'tokens' ? `coalesce(business_id, '${PLATFORM}')` : 'business_id';

describe('a session of the service, whatever its statements say,', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let one: TestBusiness;
  let other: TestBusiness;
  let session: pg.Client;
  const tables = Object.keys(TABLES).filter((table) => !(table in SHARED));

  beforeAll(async () => {
    database = await freshDatabase();
    // Nothing is written behind the answers while rows are compared.
    const env = { RESCIND_LAST_USED_FLUSH_MS: '600000' };
    app = await startRescind({ databaseUrl: database.url, env });
    [one, other] = [await aBusiness({ url: app.url }), await aBusiness({ url: app.url })];
    for (const business of [one, other]) {
      const member = await aMember(business);
      const token = await aToken(business);
      await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
      await business.api.post('/api/v1/tokens', {
        name: 'theirs',
        owner_email: member.email,
        metadata: { of: business.id },
      });
      await aSession((await aToken(business)).api);
      const identity = (await business.api.post('/api/v1/identities', { name: 'ci' })).body as { id: string };
      await business.api.post(`/api/v1/auth/token-auth/identities/${identity.id}`, {});
      await business.api.put('/api/v1/audit/retention', { months: 24 });
      await business.api.post('/api/v1/revocations', { selector: { identity: identity.id }, reason: 'x' });
      await aToken(business, { name: 'selected' });
      const selected = { selector: { name: 'selected', owner_email: '*' }, reason: 'x' };
      await business.api.post('/api/v1/revocations', { ...selected, preview: true });
      await business.api.post('/api/v1/revocations', selected);
      await sql(
        database.superuserUrl,
        `INSERT INTO revocation_tallies VALUES (gen_random_uuid(), $1, '{}', 1)`,
        [business.id],
      );
      await sql(
        database.superuserUrl,
        'INSERT INTO cut_off_tokens VALUES (gen_random_uuid(), $1, now(), gen_random_uuid())',
        [business.id],
      );
      await business.api.get('/api/v1/audit/checkpoint');
      await sql(
        database.superuserUrl,
        `INSERT INTO audit_dropped_revocations VALUES ($1, 'x', gen_random_uuid(), 1, '')`,
        [business.id],
      );
      await business.api.get(`/api/v1/tokens/${token.id}/receipt`);
      await sql(
        database.superuserUrl,
        `INSERT INTO integrity_faults (business_id, fault, subject) VALUES ($1, 'event_missing', '1')`,
        [business.id],
      );
      await sql(
        database.superuserUrl,
        `INSERT INTO audit_sink_cursors (sink, business_id, sequence) VALUES ('a', $1, 1)`,
        [business.id],
      );
      for (const [table, values] of [
        ['token_usage', `'${token.id}', now(), $1, 1, 0, 0, 0, 0, 0, 0`],
        ['business_usage', `$1, now(), 1, 0, 0, 0, 0, 0, 0`],
        ['token_addresses', `'${token.id}', '10.0.0.1', $1, now(), now()`],
        ['token_user_agents', `'${token.id}', 'curl', $1, now(), now()`],
        ['token_asked_scopes', `$1, '${token.id}', 'jobs:read', now(), now()`],
      ])
        await sql(database.superuserUrl, `INSERT INTO ${table} VALUES (${values})`, [business.id]);
      await sql(
        database.superuserUrl,
        `INSERT INTO token_notices (business_id, token_id, notice, about, days) VALUES ($1, gen_random_uuid(), 'unused', now(), 1)`,
        [business.id],
      );
      const account = { issuer: 'https://id.example.com', subject: 'ada' };
      await business.api.post(`/api/v1/members/${member.id}/accounts`, account);
      await sql(
        database.superuserUrl,
        `INSERT INTO recovery_codes (business_id, digest, pepper_id) VALUES ($1, '', 'x')`,
        [business.id],
      );
      await business.api.post('/scim/v2/Users', { schemas: [USER_SCHEMA], userName: 'new@example.com' });
      await business.api.post('/scim/v2/Groups', {
        schemas: [GROUP_SCHEMA],
        displayName: 'a group',
        members: [{ value: member.id }],
      });
      await business.api.put('/api/v1/role-mapping', { groups: [], default_role: 'auditor' });
      await sql(database.superuserUrl, `INSERT INTO audit_anchors VALUES ($1, 1, 1, 0, '')`, [business.id]);
      await sql(database.superuserUrl, `INSERT INTO audit_cosignatures VALUES ($1, 1, 'a', 'b')`, [
        business.id,
      ]);
    }
    session = new pg.Client({ connectionString: serviceUrlOf(database.url) });
    await session.connect();
  });
  afterAll(async () => {
    await session?.end();
    await app?.stop();
    await database?.drop();
  });
  afterEach(() => session.query('RESET app.business_id'));

  const see = async (table: string): Promise<string[]> => {
    const { rows } = await session.query<{ id: string }>(
      `SELECT DISTINCT ${businessOf(table)} AS id FROM ${table} ORDER BY 1`,
    );
    return rows.map(({ id }) => id);
  };
  const all = async (table: string): Promise<string[]> =>
    (await sql<{ id: string }>(database.superuserUrl, `SELECT DISTINCT ${businessOf(table)} AS id FROM ${table} ORDER BY 1`)).map(({ id }) => id); // prettier-ignore
  const as = (businesses: string): Promise<unknown> =>
    session.query(`SELECT set_config('app.business_id', $1, false)`, [businesses]);

  it('finds a policy on every table but those that are shared, for their owner as well', async () => {
    const guarded = await sql<{ name: string }>(
      database.superuserUrl,
      `SELECT relname AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity
         AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) ORDER BY 1`,
    );
    expect(guarded.map(({ name }) => name)).toEqual(tables.toSorted());
    const unguarded = await sql(
      database.superuserUrl,
      `SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON oid = inhrelid
       WHERE inhparent = 'audit_events'::regclass AND NOT relrowsecurity`,
    );
    expect(unguarded).toEqual([]);
  });

  it('finds one wherever a row says whose it is, or what token it is about, whatever the lists here say', async () => {
    const open = await sql<{ name: string }>(
      database.superuserUrl,
      `SELECT c.relname AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT (relrowsecurity AND (relforcerowsecurity OR relispartition))
         AND (EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT attisdropped AND attname ~ '(^|_)(business|token|member|identity)_id$')
           OR EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid IN ('businesses'::regclass, 'tokens'::regclass)))
       ORDER BY 1`,
    );
    // Keys belong to tokens: see SHARED.
    expect(open.map(({ name }) => name)).toEqual(['idempotency_keys']);
    const all = await sql<{ name: string }>(
      database.superuserUrl,
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
    );
    expect(all.map(({ name }) => name).toSorted()).toEqual(
      [...new Set([...Object.keys(TABLES), ...Object.keys(SHARED)])].toSorted(),
    );
  });

  it.each(tables)('sees no row of %s without saying for whom', async (table) => {
    expect((await all(table)).length).toBeGreaterThan(1);
    expect(await see(table)).toEqual([]);
    await as('');
    expect(await see(table)).toEqual([]);
  });

  it.each(tables)('sees of %s the rows of the business that it works for', async (table) => {
    for (const business of [one, other]) {
      await as(business.id);
      expect(await see(table)).toEqual([business.id]);
      const { rowCount } = await session.query(`SELECT FROM ${table} WHERE ${businessOf(table)} = $1`, [
        business === one ? other.id : one.id,
      ]);
      expect(rowCount).toBe(0);
    }
    await as(`${one.id},${other.id}`);
    expect(await see(table)).toEqual([one.id, other.id].toSorted());
    await as('*');
    // The service goes on writing to the platform's log between two looks.
    await waitFor('two looks that agree', async () => isDeepStrictEqual(await see(table), await all(table)));
  });

  it('changes, adds and takes nothing of another business', async () => {
    await as(one.id);
    const before = await sql(database.superuserUrl, 'SELECT * FROM tokens ORDER BY id');
    for (const change of [
      `UPDATE tokens SET name = 'mine' WHERE business_id = $1`,
      'UPDATE tokens SET revoked_at = now() WHERE business_id = $1 AND revoked_at IS NULL',
      `UPDATE members SET role = 'owner' WHERE business_id = $1`,
      `UPDATE businesses SET status = 'suspended' WHERE id = $1`,
      'DELETE FROM identity_token_auth WHERE business_id = $1',
    ])
      expect([change, (await session.query(change, [other.id])).rowCount]).toEqual([change, 0]);
    for (const addition of [
      `INSERT INTO members (id, business_id, email, name, role) VALUES (gen_random_uuid(), $1, 'x@example.com', 'X', 'owner')`,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, token_prefix, digest, pepper_id, scopes)
       VALUES (gen_random_uuid(), 'x', $1, 'platform', 'dz', 'x', 'x', '{*}')`,
      `INSERT INTO audit_heads (business_id, size) VALUES ($1, 7) ON CONFLICT (business_id) DO UPDATE SET size = excluded.size`,
      `INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, details, leaf_hash)
       VALUES ($1, 999, gen_random_uuid(), now(), 'system', 'audit.read', 'audit', 'success', '{}', '')`,
    ])
      await expect(session.query(addition, [other.id])).rejects.toMatchObject({ code: '42501' });
    await expect(
      session.query(`INSERT INTO tokens (id, jti, owner_kind, token_prefix, digest, pepper_id, scopes)
        VALUES (gen_random_uuid(), 'y', 'platform', 'dzp', 'x', 'x', '{rescind:platform:admin}')`),
    ).rejects.toMatchObject({ code: '42501' });
    expect(await sql(database.superuserUrl, 'SELECT * FROM tokens ORDER BY id')).toEqual(before);
  });

  it('makes each new partition of the log one that nobody reads by its own name', async () => {
    const youngest = `(SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_events'::regclass AND inhrelid::regclass::text ~ '\\d' ORDER BY 1 DESC LIMIT 1)`;
    const [{ name } = { name: '' }] = await sql<{ name: string }>(database.superuserUrl, youngest);
    await sql(database.superuserUrl, `DROP TABLE ${name}`);
    await sql(serviceUrlOf(database.url), 'SELECT audit_ensure_partitions()');
    const [made] = await sql(
      database.superuserUrl,
      'SELECT relrowsecurity AS guarded FROM pg_class WHERE relname = $1',
      [name],
    );
    expect(made).toEqual({ guarded: true });
  });

  it('is told by the owner that a dump would not be whole, rather than given a part of it', async () => {
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    await owner.query('SET row_security = off');
    await expect(owner.query('SELECT count(*) FROM tokens')).rejects.toMatchObject({ code: '42501' });
    await owner.query(`SET row_security = on; SET app.business_id = '*'`);
    const { rows } = await owner.query<{ count: number }>('SELECT count(*)::int AS count FROM tokens');
    expect(rows).toEqual(await sql(database.superuserUrl, 'SELECT count(*)::int AS count FROM tokens'));
    await owner.end();
  });
});
