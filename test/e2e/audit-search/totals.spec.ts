import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, platform, type TestBusiness } from '../../support/factories.js';
import { lengthenLog } from '../../support/long-log.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const EVENTS = 10_050;

describe('the total of a search', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_SEAL_MS: '3600000' } });
    business = await aBusiness({ url: app.url });
    await lengthenLog(database, business.id, EVENTS, (sequence) => ({
      action: sequence % 2 === 0 ? 'token.changed' : 'token.renewed',
      actorKind: 'user',
      details: {},
      occurredAt: new Date(Date.UTC(2026, 0, 1) + sequence),
      reason: null,
    }));
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const totalOf = async (query: Record<string, string>): Promise<[number, boolean]> => {
    const { status, body } = await business.api.get('/api/v1/audit/events', {
      ...query,
      total: true,
      limit: 1,
    });
    expect(status).toBe(200);
    return [body.total as number, body.total_exceeded as boolean];
  };

  it('is exact up to 10,000, and says when there are more', async () => {
    expect(await totalOf({ action: 'token.*' })).toEqual([10_000, true]);
    const [changed, exceeded] = await totalOf({ action: 'token.changed' });
    expect(exceeded).toBe(false);
    const [others] = await totalOf({ action: 'token.renewed' });
    expect([Math.abs(changed - others) <= 1, changed + others]).toEqual([true, EVENTS - 1]);
    expect(await totalOf({ sequence_from: '2', sequence_to: '10001' })).toEqual([10_000, false]);
    expect(await totalOf({ sequence_from: '2', sequence_to: '10002' })).toEqual([10_000, true]);
  });

  it('is counted across businesses, too', async () => {
    const { body } = await (
      await platform(app.url)
    ).get('/api/v1/admin/audit/events', { total: true, limit: 1 });
    expect([body.total, body.total_exceeded]).toEqual([10_000, true]);
  });
});
