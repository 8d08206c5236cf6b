import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const USES = 300;

describe('refused uses of a token', () => {
  let database: TestDatabase;
  let app: RescindProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
  });
  afterAll(() => database.drop());

  it('are a few events that count them all, the last of them written when the process stops', async () => {
    const business = await aBusiness({ url: app.url });
    const token = await aToken(business);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    for (let uses = 0; uses < USES; uses += 50)
      await Promise.all(Array.from({ length: 50 }, () => token.api.get('/api/v1/tokens')));
    await app.stop();
    const events = await sql<{ details: { count: number } }>(
      database.superuserUrl,
      `SELECT details FROM audit_events WHERE action = 'token.use_refused' AND business_id = $1 AND target_id = $2`,
      [business.id, token.id],
    );
    expect(events.reduce((sum, { details }) => sum + details.count, 0)).toBe(USES);
    expect(events.length).toBeLessThanOrEqual(2);
  });
});
