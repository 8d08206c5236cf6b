import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { ENTITIES } from '../../src/app/database-sessions.js';
import { beginChange } from '../../src/audit/trail/begin-change.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { poolOf, queryPreparedOn, sessionOf, type Prepared } from '../../src/database/prepared.js';
import { acrossBusinesses, inBusiness, inBusinesses } from '../../src/database/row-access.js';
import { StatementInCompany } from '../../src/database/resilient-client.js';
import { FIND_TOKENS } from '../../src/token-rows/token-rows.sql.js';
import { TokenPagesRepository } from '../../src/token-rows/selection/token-pages.repository.js';
import { WALK_BOUNDS } from '../../src/token-rows/selection/token-walk.sql.js';
import { TokensRepository } from '../../src/tokens/tokens.repository.js';
import type { TokenProof } from '../../src/verification/token-proof.js';
import { freshDatabase, sql, type TestDatabase } from './databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from './factories.js';
import { startRescind } from './rescind-process.js';
import { tokenMacs } from './token-mac.js';

/** Rows are none of its tests' business. */
const BELIEVING = { isGenuine: () => true } as unknown as TokenProof;

/** Where the service finds the database. */
interface Address {
  url: string;
  pooler: boolean;
  stop(): Promise<void>;
}

const ALL = 'SELECT business_id FROM tokens ORDER BY 1';
const RENAME = `UPDATE tokens SET name = 'careless' RETURNING business_id`;
const SELECTION = { includeRevoked: true, owner: null, selector: {} } as const;
const PAGE = { ...SELECTION, sort: 'created_at', descending: true, direction: 'next', limit: 999, after: null, bounds: WALK_BOUNDS } as const; // prettier-ignore
const TOKENS = 3;
const OF_BUSINESS = ' AND business_id IS NOT DISTINCT FROM a.business_id';

/** Statements that have lost their WHERE, on sessions as the service opens them at an address. */
export function describeCarelessStatements(
  where: string,
  addressOf: (database: TestDatabase) => Promise<Address>,
): void {
  describe(`a statement without WHERE, ${where},`, () => {
    let database: TestDatabase;
    let address: Address;
    let dataSource: DataSource;
    let one: TestBusiness;
    let other: TestBusiness;
    let foreign: TestToken;
    let own: TestToken;

    beforeAll(async () => {
      database = await freshDatabase();
      const app = await startRescind({ databaseUrl: database.url });
      [one, other] = [await aBusiness({ url: app.url }), await aBusiness({ url: app.url })];
      for (let made = 0; made < TOKENS; made++) [own, foreign] = [await aToken(one), await aToken(other)];
      await app.stop();
      address = await addressOf(database);
      const { url, pooler } = address;
      const options = { ...dataSourceOptions({ url, poolMax: 2, pooler }), entities: ENTITIES };
      dataSource = await new DataSource(options).initialize();
    });
    afterAll(async () => {
      await dataSource?.destroy();
      await address?.stop();
      await database?.drop();
    });
    afterEach(async () => {
      expect(await dataSource.query(ALL)).toEqual([]);
      expect(await dataSource.transaction((manager) => manager.query(ALL))).toEqual([]);
    });

    const rowsOf = (business: TestBusiness) => Array<object>(TOKENS).fill({ business_id: business.id });
    const names = (business: TestBusiness): Promise<unknown[]> =>
      sql(database.superuserUrl, 'SELECT name FROM tokens WHERE business_id = $1 ORDER BY id', [business.id]);
    /** Runs it, and expects that it has touched all of the one business and nothing of the other. */
    async function touchesOnlyTheOne(rename: () => Promise<unknown[]>): Promise<void> {
      await sql(database.superuserUrl, `UPDATE tokens SET name = 'before'`);
      expect(await rename()).toEqual(rowsOf(one));
      expect(await names(one)).toEqual(Array(TOKENS).fill({ name: 'careless' }));
      expect(await names(other)).toEqual(Array(TOKENS).fill({ name: 'before' }));
    }

    it('of a repository finds, lists and counts what is of the business that it was called with', async () => {
      const careless = new TokensRepository(dataSource, tokenMacs(), BELIEVING);
      const find = careless['read'].bind(careless) as (...args: unknown[]) => Promise<unknown[]>;
      Object.assign(careless, {
        read: (business: unknown, { text, ...statement }: Prepared, values: unknown) =>
          find(business, { ...statement, text: text.replace(OF_BUSINESS, '') }, values),
      });
      const pages = new TokenPagesRepository(dataSource);
      const read = pages['read'].bind(pages) as (...args: unknown[]) => Promise<unknown[]>;
      Object.assign(pages, {
        read: (business: unknown, selection: unknown, textOf: (parameter: unknown) => string) =>
          read(business, selection, (parameter: unknown) =>
            textOf(parameter)
              .replaceAll('t.business_id = $1', '$1::uuid IS NOT NULL')
              .replaceAll('t.business_id IS NULL', 'true'),
          ),
      });
      expect(FIND_TOKENS.text).toContain(OF_BUSINESS);
      expect(await careless.find(one.id, foreign.id, null)).toBeNull();
      expect((await careless.find(one.id, own.id, null))?.id).toBe(own.id);
      for (const business of [one, other]) {
        const { tokens: listed } = await pages.page(business.id, PAGE);
        expect(listed.map(({ businessId }) => businessId)).toEqual(Array(TOKENS).fill(business.id));
        expect(await pages.total(business.id, SELECTION)).toMatchObject({ total: TOKENS });
      }
      expect((await pages.listOfPlatform()).map(({ businessId }) => businessId)).toEqual([null]);
    });

    it('reads and writes the rows of one business, outside of transactions', async () => {
      await inBusiness(dataSource, one.id, async (manager) => {
        expect(await manager.query(ALL)).toEqual(rowsOf(one));
        await touchesOnlyTheOne(async () => (await manager.query<[unknown[]]>(RENAME))[0]);
      });
      const prepared = { name: 'careless', text: ALL, rowAccess: one.id };
      for (let time = 0; time < 3; time++)
        expect(await queryPreparedOn(poolOf(dataSource), prepared, [])).toEqual(rowsOf(one));
    });

    it('reads and writes the rows of one business, in transactions', async () => {
      const rename = async (manager: EntityManager): Promise<unknown[]> =>
        (await manager.query<[unknown[]]>(RENAME))[0];
      await touchesOnlyTheOne(() => inBusiness(dataSource, one.id, (session) => session.transaction(rename)));
      await touchesOnlyTheOne(() =>
        dataSource.transaction(async (manager) => {
          await beginChange(await sessionOf(manager), [one.id], []);
          return rename(manager);
        }),
      );
    });

    it('puts no row into another business, nor moves one there', async () => {
      const insert = `INSERT INTO members (id, business_id, email, name, role) VALUES (gen_random_uuid(), $1, 'x@example.com', 'X', 'owner')`;
      await expect(inBusiness(dataSource, one.id, (manager) => manager.query(insert, [other.id]))).rejects.toMatchObject({ code: '42501' }); // prettier-ignore
      const whole = inBusiness(dataSource, one.id, (session) =>
        session.transaction((manager) => manager.query(insert, [other.id])),
      );
      await expect(whole).rejects.toMatchObject({ code: '42501' });
    });

    it('sees more where that is said, and no longer than that', async () => {
      const read = (manager: EntityManager): Promise<unknown[]> => manager.query(ALL);
      const both = [...rowsOf(one), ...rowsOf(other)];
      expect(await inBusinesses(dataSource, [one.id, other.id], read)).toHaveLength(both.length);
      expect(await inBusinesses(dataSource, [], read)).toEqual([]);
      expect(await acrossBusinesses(dataSource, read)).toHaveLength(both.length + 1);
      expect(await inBusiness(dataSource, null, read)).toEqual([{ business_id: null }]);
    });

    it('takes nothing along from the session’s last user, however they take turns and fail', async () => {
      const turn = async (number: number): Promise<void> => {
        const business = number % 2 === 0 ? one : other;
        const text = number % 5 === 0 ? 'SELECT 1 / 0' : ALL;
        const read = (manager: EntityManager): Promise<unknown> => manager.query(text);
        const asked = inBusiness(dataSource, business.id, (session) =>
          number % 3 === 0 ? session.transaction(read) : read(session),
        );
        if (number % 5 === 0) await expect(asked).rejects.toMatchObject({ code: '22012' });
        else expect(await asked).toEqual(rowsOf(business));
      };
      await Promise.all(Array.from({ length: 60 }, (_, number) => turn(number)));
    });

    it('is answered as without an access: fields, numbers of rows, nothing, several at once, errors', async () => {
      await inBusiness(dataSource, one.id, async (manager) => {
        const session = await sessionOf(manager);
        const { fields, rows, rowCount, command } = await session.query('SELECT 1 AS a, $1::text AS b', [
          null,
        ]);
        expect([fields.map(({ name }) => name), rows, rowCount, command]).toEqual([['a', 'b'], [{ a: 1, b: null }], 1, 'SELECT']); // prettier-ignore
        expect((await session.query('SELECT 1 WHERE false')).rows).toEqual([]);
        expect((await session.query(`UPDATE tokens SET name = 'x' WHERE false`)).rowCount).toBe(0);
        const several = [1, 2, 3].map((number) => session.query('SELECT $1::int AS n', [number]));
        expect((await Promise.all(several)).map(({ rows: [row] }) => row as unknown)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]); // prettier-ignore
        await expect(session.query('SELECT nothing')).rejects.toMatchObject({ code: '42703' });
        if (!address.pooler) await expect(session.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' }); // prettier-ignore
        expect((await session.query(ALL)).rows).toEqual(rowsOf(one));
      });
    });
  });
}

/** With a driver that does less than StatementInCompany relies on, there is no answer, or an empty one. */
export async function withoutPart<Result>(
  part: 'prepare' | 'handleCommandComplete',
  work: () => Promise<Result>,
): Promise<Result> {
  const its = Object.getOwnPropertyDescriptor(StatementInCompany.prototype, part) as PropertyDescriptor;
  const plain = (pg.Query.prototype as unknown as Record<string, unknown>)[part];
  Object.defineProperty(StatementInCompany.prototype, part, { ...its, value: plain });
  try {
    return await work();
  } finally {
    Object.defineProperty(StatementInCompany.prototype, part, its);
  }
}
