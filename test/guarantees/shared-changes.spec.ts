import pg from 'pg';
import { changeSchema, freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import type { AnyBody, ApiAnswer } from '../support/api.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { waitFor } from '../support/wait-for.js';

type Answered = ApiAnswer<AnyBody>;

interface EventRow {
  business_id: string;
  sequence: number;
  action: string;
  target_id: string;
  actor_token_id: string;
}

const CALLS = 12;

describe('R4: changes that share a transaction', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let businesses: TestBusiness[];

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    await app.ready();
    businesses = await Promise.all(Array.from({ length: 4 }, () => aBusiness({ url: app.url })));
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const eventsOf = (logs: readonly string[]): Promise<EventRow[]> =>
    sql<EventRow>(
      database.superuserUrl,
      `SELECT business_id, sequence::int AS sequence, action, target_id, actor_token_id FROM audit_events
       WHERE business_id = ANY ($1::uuid[]) ORDER BY business_id, sequence`,
      [logs],
    );
  const expectDense = async (): Promise<void> => {
    const counts = await sql<{ holes: number }>(
      database.superuserUrl,
      `SELECT h.size - count(e.sequence) AS holes FROM audit_heads h LEFT JOIN audit_events e USING (business_id)
       GROUP BY h.business_id, h.size HAVING h.size <> count(e.sequence) OR h.size <> max(e.sequence)`,
    );
    expect(counts).toEqual([]);
  };
  const issue = (api: TestToken['api'], body: Record<string, unknown>): Promise<Answered> =>
    api.post('/api/v1/tokens', { scopes: [], ...body });
  /** Whether any of the tokens with this name were made by the same transaction as another. */
  const sharedBy = async (name: string): Promise<boolean> => {
    const [row] = await sql<{ shared: boolean }>(
      database.superuserUrl,
      'SELECT count(DISTINCT xmin::text) < count(*) AS shared FROM tokens WHERE name = $1',
      [name],
    );
    return row?.shared === true;
  };

  it('are refused one by one, and each that is made has its event', async () => {
    const admins = await Promise.all(businesses.map((business) => aToken(business, { role: 'admin' })));
    const developers = await Promise.all(businesses.map((business) => aToken(business)));
    await waitFor('a transaction that several share', async () => {
      const name = `round ${Date.now()}`;
      const asked = admins.flatMap((admin, index) =>
        Array.from({ length: CALLS }, () => [
          issue(admin.api, { name }),
          issue(admin.api, { name, owner_email: 'nobody@example.com' }),
          issue((developers[index] as TestToken).api, { name, scopes: ['rescind:business:admin'] }),
        ]).flat(),
      );
      const answers = await Promise.all(asked);
      const statuses = answers.map(({ status }) => status);
      expect(statuses).toEqual(Array.from({ length: asked.length / 3 }, () => [201, 404, 403]).flat());
      const made = answers
        .filter(({ status }) => status === 201)
        .map(({ body }) => body.token_info.id as string);
      const rows = await sql<{ id: string }>(database.superuserUrl, 'SELECT id FROM tokens WHERE name = $1', [
        name,
      ]);
      expect(rows.map(({ id }) => id).sort()).toEqual(made.toSorted());
      const events = (await eventsOf(businesses.map(({ id }) => id))).filter(({ target_id }) =>
        made.includes(target_id),
      );
      expect(events.map(({ action, target_id }) => `${action} ${target_id}`).sort()).toEqual(
        made.map((id) => `token.issued ${id}`).sort(),
      );
      await expectDense();
      return sharedBy(name);
    });
  });

  it('are made but for the one that the database refuses', async () => {
    await changeSchema(
      database.superuserUrl,
      `CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$;
       CREATE TRIGGER refuse_poison BEFORE INSERT ON tokens FOR EACH ROW WHEN (NEW.name = 'poison') EXECUTE FUNCTION refuse_poison()`,
    );
    const asked = businesses.flatMap(({ api }) =>
      Array.from({ length: CALLS }, (_, number) => issue(api, { name: number === 3 ? 'poison' : 'food' })),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    const expected = businesses.flatMap(() =>
      Array.from({ length: CALLS }, (_, number) => (number === 3 ? 500 : 201)),
    );
    await changeSchema(database.superuserUrl, 'DROP FUNCTION refuse_poison() CASCADE');
    expect(statuses).toEqual(expected);
    await expectDense();
  });

  it('of rotations of one token at once, one is made', async () => {
    const tokens = await Promise.all(businesses.map((business) => aToken(business)));
    const asked = Array.from({ length: CALLS }, () =>
      businesses.map(({ api }, index) =>
        api.post(`/api/v1/tokens/${(tokens[index] as TestToken).id}/rotate`),
      ),
    ).flat();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(businesses.length);
    expect(statuses.filter((status) => status === 409)).toHaveLength(asked.length - businesses.length);
    await expectDense();
  });

  it('nobody acts with a token behind its own replacement', async () => {
    const actors = await Promise.all(businesses.map((business) => aToken(business, { role: 'admin' })));
    const asked = actors.flatMap(({ api, id }) => [
      ...Array.from({ length: CALLS }, () => issue(api, { name: 'while it lasts' })),
      api.post(`/api/v1/tokens/${id}/rotate`),
      ...Array.from({ length: CALLS }, () => issue(api, { name: 'while it lasts' })),
    ]);
    const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 201 && status !== 401)).toEqual([]);
    const events = await eventsOf(businesses.map(({ id }) => id));
    for (const { id } of actors) {
      const end = events.find(
        ({ action, target_id }) => action === 'token.rotated' && target_id === id,
      ) as EventRow;
      const later = events.filter(
        (event) =>
          event.actor_token_id === id &&
          event.business_id === end.business_id &&
          event.sequence > end.sequence,
      );
      expect(later).toEqual([]);
    }
  });

  it('keep to the number of tokens that an owner may have', async () => {
    const [business] = businesses as [TestBusiness];
    const { api } = await aToken(business, { member: await aMember(business, 'admin') });
    const MAX = 25;
    const asked = Array.from({ length: MAX + CALLS }, (_, number) =>
      api.within(null).post('/api/public/v1/tokens', { name: `capped ${number}`, scopes: ['orders:read'] }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    // The calling token is one of them.
    expect(statuses.filter((status) => status < 300)).toHaveLength(MAX - 1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(CALLS + 1);
  });

  it('no log is read without an event of its own', async () => {
    const reads = async (): Promise<number> =>
      (await eventsOf(businesses.map(({ id }) => id))).filter(({ action }) => action === 'audit.read').length;
    const before = await reads();
    const asked = businesses.flatMap(({ api }) =>
      Array.from({ length: CALLS }, () => api.get('/api/v1/audit/events?limit=3')),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await reads()) - before).toBe(asked.length);
    await expectDense();
  });

  it('one business’s log that somebody holds keeps no other waiting for it', async () => {
    const [held, ...others] = businesses as [TestBusiness, ...TestBusiness[]];
    const holder = new pg.Client({ connectionString: database.superuserUrl });
    holder.on('error', () => undefined);
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE', [held.id]);
      const waiting = Promise.all(Array.from({ length: 4 }, () => issue(held.api, { name: 'held' })));
      const free = others.flatMap(({ api }) =>
        Array.from({ length: CALLS }, () => issue(api, { name: 'free' })),
      );
      const statuses = (await Promise.all(free)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([201]));
      await holder.query('ROLLBACK');
      // Whoever waited for the log for too long was told so.
      for (const { status } of await waiting) expect([201, 503]).toContain(status);
    } finally {
      await holder.end();
    }
    await waitFor('the log to be written again', async () => {
      const { status } = await issue(held.api, { name: 'held no more' });
      return status === 201;
    });
    await expectDense();
  });
});
