import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { attempt } from '../../integration/audit-retention/attempt.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { backdate, monthAgo, SEALS_ON_REQUEST, tamper } from '../../support/old-events.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const PATH = '/api/v1/audit/retention';
const DAY_MS = 24 * 60 * 60 * 1000;

describe('a retention that keeps less than before', () => {
  let database: TestDatabase;
  let app: RescindProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { ...SEALS_ON_REQUEST, RESCIND_AUDIT_RETENTION_DELAY_DAYS: '7' },
    });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const set = async ({ api }: TestBusiness, months: number | null) => {
    const { status, body } = await api.put(PATH, { months });
    expect(status).toBe(200);
    return body as {
      months: number;
      effective_at: string | null;
      months_until_then: number | null;
      expires_before: string | null;
    };
  };
  const changes = async ({ api }: TestBusiness) => {
    const query = { action: 'audit.retention_changed', order: 'oldest' };
    const { items } = (await api.get('/api/v1/audit/events', query)).body as { items: AuditEvent[] };
    return items.map(({ details }) => details);
  };
  /** As if the days had passed. */
  const passDays = ({ id }: TestBusiness) =>
    tamper(database, `UPDATE audit_retention SET effective_at = now() WHERE business_id = $1`, [id]);
  const droppableThrough = async ({ id }: TestBusiness): Promise<number> => {
    const [row] = await sql<{ through: string }>(
      database.url,
      'SELECT audit_droppable_through($1) AS through',
      [id],
    );
    return Number(row?.through);
  };
  /** Six events that are so many months old, three of them of tokens; all sealed. */
  const anOldLog = async (months: number): Promise<TestBusiness> => {
    const business = await aBusiness({ url: app.url });
    await aToken(business);
    await aToken(business);
    await aToken(business);
    await backdate(database, business.id, (sequence) => (sequence <= 6 ? monthAgo(months) : null));
    expect((await business.api.get('/api/v1/audit/checkpoint')).status).toBe(200);
    return business;
  };

  it('takes effect after seven days, says so, and holds as it was until then', async () => {
    const business = await aBusiness({ url: app.url });
    const announced = await set(business, 24);
    expect(announced).toMatchObject({ months: 24, months_until_then: null, expires_before: null });
    const effectiveAt = Date.parse(announced.effective_at as string);
    expect(Math.abs(effectiveAt - Date.now() - 7 * DAY_MS)).toBeLessThan(DAY_MS / 2);
    expect(await changes(business)).toEqual([
      { months_before: null, months_after: 24, effective_at: announced.effective_at },
    ]);
    await passDays(business);
    const { body } = await business.api.get(PATH);
    expect(body).toMatchObject({ months: 24, effective_at: null, months_until_then: null });
    expect(body.expires_before).not.toBeNull();
  });

  it('is cancelled by what holds, and the longest that holds stays while another is announced', async () => {
    const business = await aBusiness({ url: app.url });
    await set(business, 24);
    expect(await set(business, null)).toMatchObject({ months: null, effective_at: null });
    await set(business, 36);
    await passDays(business);
    expect(await set(business, 12)).toMatchObject({ months: 12, months_until_then: 36 });
    expect(await set(business, 24)).toMatchObject({ months: 24, months_until_then: 36 });
    expect(await set(business, 36)).toMatchObject({
      months: 36,
      effective_at: null,
      months_until_then: null,
    });
    expect(await set(business, 48)).toMatchObject({ months: 48, effective_at: null });
    expect((await changes(business)).map(({ effective_at }) => effective_at === null)).toEqual([
      false,
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('lets nothing expire before it takes effect', async () => {
    const business = await anOldLog(20);
    await set(business, 12);
    expect(await droppableThrough(business)).toBe(0);
    await passDays(business);
    expect(await droppableThrough(business)).toBeGreaterThanOrEqual(6);
  });

  it('cannot be hastened with the rights of the service', async () => {
    const business = await aBusiness({ url: app.url });
    await set(business, 24);
    for (const change of [
      'effective_at = NULL',
      'months_until_then = 1',
      "effective_at = now() - interval '1 day'",
    ])
      expect(await attempt(database, [[`UPDATE audit_retention SET ${change}`]])).toMatch(
        'permission denied',
      );
    expect(await attempt(database, [['UPDATE audit_retention_limit SET delay_days = 0']])).toMatch(
      'permission denied',
    );
    expect((await business.api.get(PATH)).body.effective_at).not.toBeNull();
  });

  it('keeps what was done with tokens for twelve months, and all behind it', async () => {
    const business = await anOldLog(5);
    const [first] = await sql<{ sequence: string }>(
      database.url,
      `SELECT sequence FROM audit_events WHERE business_id = $1 AND action LIKE 'token.%' ORDER BY sequence LIMIT 1`,
      [business.id],
    );
    await set(business, 2);
    await passDays(business);
    expect((await business.api.get(PATH)).body.minimum_months_of_tokens).toBe(12);
    expect(await droppableThrough(business)).toBe(Number(first?.sequence) - 1);
    await sql(database.url, 'UPDATE audit_retention_limit SET security_months = 1');
    try {
      expect(await droppableThrough(business)).toBeGreaterThanOrEqual(6);
    } finally {
      await sql(database.url, 'UPDATE audit_retention_limit SET security_months = 12');
    }
  });
});
