import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import type { Api } from '../../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, platform } from '../../support/factories.js';
import { startRescind } from '../../support/rescind-process.js';

const PATH = '/api/v1/audit/retention';
const ACTION = 'audit.retention_changed';

/** The first moment of the month that was `months` before the one of `at`. */
function firstOfMonth(at: string, months: number): string {
  const date = new Date(at);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1)).toISOString();
}

async function changes(api: Api): Promise<unknown[]> {
  const { items } = (await api.get('/api/v1/audit/events', { action: ACTION, order: 'oldest' })).body as {
    items: AuditEvent[];
  };
  return items.map(({ details }) => details);
}

describe('GET and PUT /api/v1/audit/retention', () => {
  it('keep everything until somebody decides otherwise', async () => {
    const business = await aBusiness();
    expect((await business.api.get(PATH)).body).toEqual({
      months: null,
      effective_at: null,
      months_until_then: null,
      minimum_months: 1,
      minimum_months_of_tokens: 12,
      expires_before: null,
      dropped_through_sequence: 0,
      dropped_at: null,
      updated_at: null,
      updated_by: null,
    });
    expect((await business.api.put(PATH, { months: null })).status).toBe(200);
    expect(await changes(business.api)).toEqual([]);
  });

  it('set a policy in months, and say from when on events stay and who set it', async () => {
    const business = await aBusiness();
    const owner = await aToken(business, { role: 'owner' });
    const { status, body } = await owner.api.put(PATH, { months: 24 });
    expect(status).toBe(200);
    const edge = firstOfMonth(body.updated_at as string, 24);
    expect(body).toMatchObject({ months: 24, expires_before: edge, dropped_through_sequence: 0 });
    expect(body.updated_by).toMatch(/^owner-.*@example\.com$/);
    expect((await business.api.get(PATH)).body).toEqual(body);
    await owner.api.put(PATH, { months: 24 });
    await owner.api.put(PATH, { months: null });
    expect(await changes(business.api)).toEqual([
      { months_before: null, months_after: 24, effective_at: null },
      { months_before: 24, months_after: null, effective_at: null },
    ]);
  });

  it('tell the truth of each change when many come at once', async () => {
    const business = await aBusiness();
    const wanted = [2, 3, 4, 5, 6, 7];
    const answers = await Promise.all(wanted.map((months) => business.api.put(PATH, { months })));
    expect(answers.map(({ status }) => status)).toEqual(wanted.map(() => 200));
    const steps = (await changes(business.api)) as { months_before: number; months_after: number }[];
    expect(steps.map(({ months_after }) => months_after).toSorted()).toEqual(wanted);
    steps.reduce((before: number | null, step) => {
      expect(step.months_before).toBe(before);
      return step.months_after;
    }, null);
    expect((await business.api.get(PATH)).body.months).toBe(steps.at(-1)?.months_after);
  });

  it.each([
    { months: 0 },
    { months: -1 },
    { months: 1201 },
    { months: 1.5 },
    { months: '12' },
    {},
    { months: true },
  ])('refuse %j', async (body) => {
    const business = await aBusiness();
    expect((await business.api.put(PATH, body)).status).toBe(422);
    expect((await business.api.get(PATH)).body.months).toBeNull();
  });

  it('are read by auditors and set by administrators alone', async () => {
    const business = await aBusiness();
    for (const [role, read, set] of [
      ['auditor', 200, 403],
      ['developer', 403, 403],
      ['admin', 200, 200],
    ] as const) {
      const { api } = await aToken(business, { role });
      expect([role, (await api.get(PATH)).status, (await api.put(PATH, { months: 36 })).status]).toEqual([
        role,
        read,
        set,
      ]);
    }
  });

  it('of one business leave the others alone', async () => {
    const [business, other] = [await aBusiness(), await aBusiness()];
    await business.api.put(PATH, { months: 12 });
    expect((await other.api.get(PATH)).body.months).toBeNull();
  });
});

describe('the platform', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await freshDatabase()));
  afterAll(() => database.drop());

  const withSettings = async (
    env: Record<string, string>,
    use: (api: Api) => Promise<void>,
  ): Promise<void> => {
    const app = await startRescind({ databaseUrl: database.url, env });
    try {
      await use(await platform(app.url));
    } finally {
      await app.stop();
    }
  };

  it('has a policy for its own log', async () => {
    await withSettings({}, async (api) => {
      const path = '/api/v1/admin/audit/retention';
      expect((await api.get(path)).body).toMatchObject({ months: null });
      expect((await api.put(path, { months: 60 })).body).toMatchObject({
        months: 60,
        updated_by: 'platform',
      });
      const { items } = (
        await api.get('/api/v1/admin/audit/events', { business_id: 'platform', action: ACTION })
      ).body as { items: AuditEvent[] };
      expect(items[0]?.details).toEqual({ months_before: null, months_after: 60, effective_at: null });
    });
  });

  it('sets a minimum: twelve months under the preset pci, whatever smaller number is set beside it', async () => {
    await withSettings(
      { RESCIND_AUDIT_PRESET: 'pci', RESCIND_AUDIT_RETENTION_MIN_MONTHS: '3' },
      async (api) => {
        const business = await aBusiness({ url: api.url });
        const refused = await business.api.put(PATH, { months: 11 });
        expect(refused.status).toBe(422);
        expect(refused.body.detail).toMatchObject([{ loc: ['body', 'months'], type: 'greater_than_equal' }]);
        expect((await business.api.put(PATH, { months: 12 })).body).toMatchObject({
          months: 12,
          minimum_months: 12,
        });
        expect((await api.put('/api/v1/admin/audit/retention', { months: 11 })).status).toBe(422);
      },
    );
  });

  it('sets a minimum that holds for a policy that was set before it was raised', async () => {
    let id = '';
    await withSettings({}, async (api) => {
      const business = await aBusiness({ url: api.url });
      id = business.id;
      await business.api.put(PATH, { months: 2 });
    });
    await withSettings({ RESCIND_AUDIT_RETENTION_MIN_MONTHS: '18' }, async (api) => {
      const before = new Date().toISOString();
      const { body } = await api.within(id).get(PATH);
      expect(body).toMatchObject({ months: 2, minimum_months: 18 });
      // A month may have ended while it was asked.
      expect([before, new Date().toISOString()].map((at) => firstOfMonth(at, 18))).toContain(
        body.expires_before,
      );
    });
    const [row] = await sql(database.url, 'SELECT months FROM audit_retention_limit');
    expect(row).toEqual({ months: 18 });
  });
});
