import pg from 'pg';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

const IS_SEALED = `
SELECT FROM audit_heads h JOIN audit_trees t USING (business_id) WHERE business_id = $1 AND t.size = h.size`;

describe('R6: while the tree of one log is held, and that log cannot be sealed', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_SEAL_MS: '250' } });
    await app.ready();
  });
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
  });

  const isSealed = async ({ id }: TestBusiness): Promise<boolean> =>
    (await sql(database.superuserUrl, IS_SEALED, [id])).length > 0;

  it('the others are, and that one as soon as it is free', async () => {
    // Before it and behind it, in the order in which they are sealed.
    const all = [
      await aBusiness({ url: app.url }),
      await aBusiness({ url: app.url }),
      await aBusiness({ url: app.url }),
    ].sort((left, right) => (left.id < right.id ? -1 : 1));
    const [first, held, last] = all as [TestBusiness, TestBusiness, TestBusiness];
    for (const business of all) await waitFor('the first events to be sealed', () => isSealed(business));
    const holder = new pg.Client({ connectionString: database.superuserUrl });
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM audit_trees WHERE business_id = $1 FOR UPDATE', [held.id]);
      for (const business of [held, first, last]) await aMember(business);
      for (const business of [first, last])
        await waitFor('the others to be sealed', () => isSealed(business));
      expect(await isSealed(held)).toBe(false);
    } finally {
      await holder.end();
    }
    await waitFor('it to be sealed', () => isSealed(held));
  });
});
