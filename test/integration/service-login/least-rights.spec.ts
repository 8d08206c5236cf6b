import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVILEGES, TABLES, FUNCTIONS } from '../../../src/database/privileges.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { startRescind } from '../../support/rescind-process.js';

/** What the user of the session may do, by whatever way it came to the right, outside of PostgreSQL's own schemas. */
const EFFECTIVE = `
WITH relation AS (
  SELECT c.oid, c.relname AS name FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace NOT IN (
    SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
), whole AS (
  SELECT r.oid, p.privilege, r.name FROM relation r CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS p (privilege)
  WHERE has_table_privilege(r.oid, p.privilege)
)
SELECT privilege || ' ON ' || name AS privilege FROM whole
UNION ALL SELECT format('%s (%s) ON %s', p.privilege, a.attname, r.name) FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
  CROSS JOIN unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) AS p (privilege)
  WHERE a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(r.oid, a.attnum, p.privilege)
    AND NOT EXISTS (SELECT FROM whole w WHERE w.oid = r.oid AND w.privilege = p.privilege)
UNION ALL SELECT format('EXECUTE ON FUNCTION %s(%s)', p.proname, replace(oidvectortypes(p.proargtypes), ', ', ',')) FROM pg_proc p
  WHERE p.pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema')) AND has_function_privilege(p.oid, 'EXECUTE')
UNION ALL SELECT format('%s ON SEQUENCE %s', p.privilege, c.relname) FROM pg_class c CROSS JOIN unnest('{USAGE,SELECT,UPDATE}'::text[]) AS p (privilege)
  WHERE c.relkind = 'S' AND has_sequence_privilege(c.oid, p.privilege)
UNION ALL SELECT format('%s ON SCHEMA %s', p.privilege, n.nspname) FROM pg_namespace n CROSS JOIN unnest('{USAGE,CREATE}'::text[]) AS p (privilege)
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND has_schema_privilege(n.oid, p.privilege)
UNION ALL SELECT p.privilege || ' ON DATABASE' FROM unnest('{CREATE,TEMPORARY,CONNECT}'::text[]) AS p (privilege)
  WHERE has_database_privilege(current_database(), p.privilege)
UNION ALL SELECT 'MEMBER OF ' || r.rolname FROM pg_roles r WHERE r.rolname <> current_user AND pg_has_role(r.oid, 'MEMBER')
UNION ALL SELECT 'IS ' || a.name FROM pg_roles r CROSS JOIN LATERAL (VALUES ('SUPERUSER', rolsuper), ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb),
  ('REPLICATION', rolreplication), ('BYPASSRLS', rolbypassrls)) AS a (name, held) WHERE r.rolname = current_user AND a.held
UNION ALL SELECT 'OWNS ' || c.relname FROM pg_class c WHERE c.relowner = current_user::regrole
UNION ALL SELECT 'OWNS ' || p.proname FROM pg_proc p WHERE p.proowner = current_user::regrole`;

const AROUND = ['USAGE ON SCHEMA public', 'CONNECT ON DATABASE', 'MEMBER OF rescind_app'];

describe('the user that the service logs in as', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await freshDatabase();
    await restart();
  });
  afterAll(() => database.drop());

  const restart = async (): Promise<void> => {
    const app = await startRescind({ databaseUrl: database.url });
    await app.stop();
  };
  const rights = async (): Promise<string[]> =>
    (await sql<{ privilege: string }>(serviceUrlOf(database.url), EFFECTIVE))
      .map(({ privilege }) => privilege)
      .toSorted();
  const expected = [...PRIVILEGES, ...AROUND].toSorted();

  it('may do what is listed, and nothing else', async () => {
    expect(await rights()).toEqual(expected);
  });

  it('loses at the next start what somebody granted to it or to everybody, and gets back what it needs', async () => {
    await sql(
      database.superuserUrl,
      `GRANT UPDATE ON audit_events TO rescind_app; GRANT ALL ON tokens TO PUBLIC; GRANT UPDATE (actor_email) ON audit_events TO PUBLIC;
       GRANT EXECUTE ON FUNCTION feed_append(text, text) TO rescind_app; GRANT CREATE ON SCHEMA public TO PUBLIC;
       REVOKE SELECT ON members FROM rescind_app; REVOKE EXECUTE ON FUNCTION audit_purge_dropped() FROM rescind_app;`,
    );
    expect(await rights()).not.toEqual(expected);
    await restart();
    expect(await rights()).toEqual(expected);
  });

  it('is left alone by a start that finds all as it should be', async () => {
    const versions = (): Promise<unknown> =>
      sql(
        database.superuserUrl,
        `SELECT md5(string_agg(xmin::text, ',' ORDER BY oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         UNION ALL SELECT md5(string_agg(xmin::text, ',' ORDER BY oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT md5(string_agg(a.xmin::text, ',' ORDER BY attrelid, attnum)) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
           WHERE relnamespace = 'public'::regnamespace
         UNION ALL SELECT xmin::text FROM pg_database WHERE datname = current_database()`,
      );
    const before = await versions();
    await restart();
    expect(await versions()).toEqual(before);
  });

  it('calls no function with the rights of its owner that is not listed, and neither does anybody else', async () => {
    const rows = await sql<{ name: string }>(
      database.superuserUrl,
      `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')`,
    );
    expect(rows).toEqual([]);
  });

  it('is described in docs/operations.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
    const [table = ''] = page.slice(page.indexOf('| table ')).split('\n\n');
    const rows = table.split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
    const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
    expect(rows.slice(2)).toEqual(
      Object.entries(TABLES).map(([name, rights]) => [
        code([name]),
        rights.insert === undefined
          ? '–'
          : rights.insert === 'whole rows'
            ? 'whole rows'
            : code(rights.insert),
        rights.update === undefined ? '–' : code(rights.update),
        rights.delete === true ? 'yes' : '–',
      ]),
    );
    const names = FUNCTIONS.map((name) => code([name.slice(0, name.indexOf('('))]));
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });
});
