import pg from 'pg';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

/** Ways to shed a role that was taken on, or to take on a better one. */
const ESCAPES = [
  `SELECT set_config('role', 'none', false)`,
  'RESET ROLE',
  'SET SESSION AUTHORIZATION DEFAULT',
  'RESET SESSION AUTHORIZATION',
  'SET ROLE rescind',
  'SET ROLE postgres',
  `SELECT set_config('role', 'rescind', false)`,
  `SELECT set_config('session_authorization', 'rescind', false)`,
  'SET SESSION AUTHORIZATION postgres',
  'GRANT rescind TO rescind_service',
  'GRANT pg_write_all_data TO rescind_service',
  'CREATE ROLE helper SUPERUSER LOGIN',
  'ALTER ROLE rescind_service SUPERUSER',
  `ALTER ROLE rescind PASSWORD 'mine'`,
  `SELECT set_config('session_replication_role', 'replica', false)`,
  `SELECT set_config('row_security', 'off', false)`,
];

describe('SQL injected into a session of the service', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let revoked: TestToken;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    const business = await aBusiness({ url: app.url });
    revoked = await aToken(business);
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`, { reason: 'stolen' });
  });
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
  });

  async function asTheService<Result>(work: (session: pg.Client) => Promise<Result>): Promise<Result> {
    const session = new pg.Client({ connectionString: serviceUrlOf(database.url) });
    session.on('error', () => undefined);
    await session.connect();
    try {
      await session.query(`SET app.business_id = '*'`);
      return await work(session);
    } finally {
      await session.end();
    }
  }

  /** Statements that only somebody else may run, or nobody. */
  const forbidden = (): string[] => [
    `UPDATE audit_events SET outcome = 'denied'`,
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
    'DROP TRIGGER audit_events_append_only ON audit_events',
    'ALTER TABLE audit_events DISABLE TRIGGER ALL',
    'DROP TABLE audit_events CASCADE',
    'DELETE FROM revocation_feed',
    'UPDATE revocation_feed SET subject = $$nobody$$',
    `INSERT INTO revocation_feed (kind, subject) VALUES ('everything', '')`,
    `SELECT feed_append('everything', '')`,
    'UPDATE revocation_feed_epoch SET epoch = gen_random_uuid()',
    'DROP TRIGGER tokens_guard ON tokens',
    'DROP TRIGGER tokens_feed_update ON tokens',
    `UPDATE tokens SET revoked_at = NULL WHERE id = '${revoked.id}'`,
    `UPDATE tokens SET revoked_by = 'nobody' WHERE id = '${revoked.id}'`,
    `UPDATE tokens SET digest = 'x', pepper_id = 'x' WHERE id = '${revoked.id}'`,
    `UPDATE tokens SET member_id = NULL, owner_kind = 'platform' WHERE id = '${revoked.id}'`,
    'DELETE FROM tokens',
    'DELETE FROM audit_heads',
    'UPDATE audit_heads SET size = size + 1',
    'INSERT INTO audit_heads (business_id, size) VALUES (gen_random_uuid(), 1)',
    'UPDATE audit_trees SET root = root, seal = seal',
    `UPDATE audit_trees SET size = size + 1, root = sha256('x')`,
    'INSERT INTO audit_trees (business_id, size, root) VALUES (gen_random_uuid(), 1, sha256($$x$$))',
    `INSERT INTO audit_tiles (business_id, level, number, start, hashes) VALUES (gen_random_uuid(), 0, 0, 0, sha256('x'))`,
    `INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, details, leaf_hash)
     VALUES (gen_random_uuid(), 1, gen_random_uuid(), now() - interval '1 year', 'system', 'audit.read', 'audit', 'success', '{}', '')`,
    'INSERT INTO audit_sequences (business_id, sequence, occurred_at) VALUES (gen_random_uuid(), 1, now())',
    'DELETE FROM audit_sequences',
    'DELETE FROM audit_token_ends',
    'TRUNCATE audit_token_ends',
    'INSERT INTO audit_cut_offs (business_id, subject, not_before, sequence) VALUES (gen_random_uuid(), $$platform$$, now(), 1)',
    'DELETE FROM audit_cut_offs',
    'TRUNCATE audit_cut_offs',
    `SELECT audit_grow_trees('{0199c0de-0000-7000-8000-00000000f0f0}', '{7}', ARRAY[sha256('x')], ARRAY[sha256('x')])`,
    `SELECT audit_add_to_tiles('{0199c0de-0000-7000-8000-00000000f0f0}', '{0}', '{0}', ARRAY[sha256('x')], '{5}')`,
    'UPDATE audit_retention_limit SET months = 1',
    'UPDATE migrations SET name = name',
    'CREATE TABLE mine (a int)',
    'CREATE TEMP TABLE audit_events (a int)',
    'CREATE SCHEMA mine',
    'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    `COPY tokens TO PROGRAM 'cat'`,
    `COPY tokens FROM '/etc/passwd'`,
    `SELECT pg_read_file('/etc/passwd')`,
    'CREATE EXTENSION dblink',
    'ALTER DEFAULT PRIVILEGES FOR ROLE rescind GRANT ALL ON TABLES TO PUBLIC',
  ];

  it('the service works in sessions of a user of that name, all of them', async () => {
    // The session that made the schema may still be ending.
    const users = await waitFor('sessions of one user', async () => {
      const seen = await sql<{ usename: string }>(
        database.superuserUrl,
        `SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name LIKE 'rescind%' AND datname = current_database()`,
      );
      return seen.length === 1 && seen;
    });
    expect(users).toEqual([{ usename: new URL(serviceUrlOf(database.url)).username }]);
  });

  it.each(['nothing', ...ESCAPES])(
    'after %s: changes no record, un-revokes nothing, drops no guard, makes nothing of its own',
    async (escape) => {
      await asTheService(async (session) => {
        if (escape !== 'nothing') await session.query(escape).catch(() => undefined);
        for (const statement of forbidden()) {
          const outcome = await session.query(statement).then(
            () => 'done',
            (error: pg.DatabaseError) => error.code ?? error.message,
          );
          // insufficient_privilege, or the guard of revoked tokens.
          expect([statement, outcome]).toEqual([statement, expect.stringMatching(/^(42501|23000)$/)]);
        }
      });
    },
  );
});
