import { getMetadataArgsStorage } from 'typeorm';
import { SERVICE_ROLE } from '../../../src/database/privileges.js';
import { Token } from '../../../src/token-rows/token.entity.js';
import { columnOf, FIELDS } from '../../../src/token-schema/derived.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';

interface ColumnRow {
  column: string;
  type: string;
  length: number | null;
  nullable: boolean;
  has_default: boolean;
  may_change: boolean;
}

const TYPES: Record<string, string> = { _text: 'text[]', int4: 'integer' };

describe('the table of tokens and the declaration of its fields', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it('have the same columns, types, defaults and rights of the service', async () => {
    const columns = await sql<ColumnRow>(
      database.superuserUrl,
      `SELECT column_name AS column, udt_name AS type, character_maximum_length AS length, is_nullable = 'YES' AS nullable,
         column_default IS NOT NULL AS has_default, has_column_privilege($1, 'tokens', column_name, 'UPDATE') AS may_change
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'tokens'`,
      [SERVICE_ROLE],
    );
    const byName = (left: ColumnRow, right: ColumnRow): number => (left.column < right.column ? -1 : 1);
    const found = columns.map((each) => ({ ...each, type: TYPES[each.type] ?? each.type }));
    const declared = FIELDS.map(([name, field]) => ({
      column: columnOf(name),
      type: field.type,
      length: field.length ?? null,
      nullable: field.nullable === true,
      has_default: field.default !== undefined,
      may_change: field.changes === true,
    }));
    expect(found.sort(byName)).toEqual(declared.sort(byName));
    const ofEntity = getMetadataArgsStorage().columns.filter(({ target }) => target === Token);
    expect(ofEntity.map(({ options }) => options.name).sort()).toEqual(
      declared.map(({ column }) => column).sort(),
    );
  });

  it('agree on what verdicts state: the feed names a token whose label changes', async () => {
    const id = '01a1fc97-2f9b-7228-a469-95ca0240c64b';
    await sql(
      database.superuserUrl,
      `INSERT INTO tokens (id, jti, owner_kind, token_prefix, digest, pepper_id, scopes)
       VALUES ($1, 'a-public-id', 'platform', 'dzp_', '\\x00', 'abcdef01', '{}')`,
      [id],
    );
    for (const [name, { verdict, type }] of FIELDS.filter(([, field]) => field.label !== undefined)) {
      const before = await sql(database.superuserUrl, `SELECT 1 FROM revocation_feed`);
      await sql(database.superuserUrl, `UPDATE tokens SET ${columnOf(name)} = $1 WHERE id = $2`, [
        type === 'jsonb' ? '{"a":1}' : type === 'varchar' ? 'changed' : null,
        id,
      ]);
      const after = await sql(database.superuserUrl, `SELECT 1 FROM revocation_feed`);
      if (verdict !== undefined) expect([name, after.length]).toEqual([name, before.length + 1]);
    }
  });
});
