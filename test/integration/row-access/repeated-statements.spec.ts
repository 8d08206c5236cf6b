import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { poolOf, queryPreparedOn, type Prepared } from '../../../src/database/prepared.js';
import { EVERY_BUSINESS } from '../../../src/database/row-access.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';

describe('a prepared statement that a session runs again', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = await new DataSource(dataSourceOptions({ url: database.url, poolMax: 1 })).initialize();
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  const statement = (name: string, text: string): Prepared => ({ name, text, rowAccess: EVERY_BUSINESS });
  const run = <Row>(asked: Prepared, ...values: unknown[]): Promise<Row[]> =>
    queryPreparedOn<Row>(poolOf(dataSource), asked, values);

  it('reads values of all types as the first time, in any number of rows', async () => {
    const asked = statement(
      'every_type',
      `SELECT n, n::text AS text, n % 2 = 0 AS even, ARRAY[n::text, NULL] AS texts, jsonb_build_object('n', n) AS object, NULL::uuid AS none,
         '2026-01-31 07:08:09.12+00'::timestamptz AS moment, decode('00ff', 'hex') AS bytes, n::bigint AS long
       FROM generate_series(1, $1::int) AS n ORDER BY n`,
    );
    const row = (n: number) => ({
      n,
      text: String(n),
      even: n % 2 === 0,
      texts: [String(n), null],
      object: { n },
      none: null,
      moment: new Date('2026-01-31T07:08:09.120Z'),
      bytes: Buffer.from([0, 255]),
      long: String(n),
    });
    for (const count of [2, 0, 3, 1])
      expect(await run(asked, count)).toEqual(Array.from({ length: count }, (_, index) => row(index + 1)));
  });

  it('takes nothing from another statement of the session, and fails alone', async () => {
    const half = statement('half', 'SELECT 10 / $1::int AS half');
    const other = statement('other', 'SELECT $1::text AS "a", $2::int AS "half"');
    expect(await run(half, 5)).toEqual([{ half: 2 }]);
    expect(await run(other, 'x', 1)).toEqual([{ a: 'x', half: 1 }]);
    await expect(run(half, 0)).rejects.toMatchObject({ code: '22012' });
    expect(await run(half, 2)).toEqual([{ half: 5 }]);
    expect(await run(other, 'y', 2)).toEqual([{ a: 'y', half: 2 }]);
    const writing = statement('writing', `UPDATE tokens SET name = 'x' WHERE false`);
    expect([await run(writing), await run(writing)]).toEqual([[], []]);
  });

  it('is refused by the server once its rows would have another form, so that none is read wrongly', async () => {
    await sql(database.superuserUrl, 'CREATE VIEW changing AS SELECT 1 AS a, 2 AS b');
    await sql(database.superuserUrl, 'GRANT SELECT ON changing TO PUBLIC');
    const asked = statement('changing', 'SELECT * FROM changing');
    for (let time = 0; time < 2; time++) expect(await run(asked)).toEqual([{ a: 1, b: 2 }]);
    await sql(database.superuserUrl, `DROP VIEW changing`);
    await sql(database.superuserUrl, `CREATE VIEW changing AS SELECT 'x'::text AS b, 2 AS a, 3 AS c`);
    await sql(database.superuserUrl, 'GRANT SELECT ON changing TO PUBLIC');
    await expect(run(asked)).rejects.toMatchObject({ code: '0A000' });
  });
});
