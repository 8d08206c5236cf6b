import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { lengthenLog } from '../../support/long-log.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { changeToken } from '../../support/token-mac.js';

/** Several times what the buffers of both ends of a connection hold. */
const EVENTS = 40_000;
const LIMIT_MS = 300_000;

describe('a long answer to somebody who is revoked meanwhile', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    business = await aBusiness({ url: app.url });
    await lengthenLog(database, business.id, EVENTS);
  }, LIMIT_MS);
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  async function begun(path: string, secret: string): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${secret}`, 'x-business-id': business.id };
    const request = http.get(`${app.url}${path}`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'readable');
    return response;
  }

  /** How many events came until the answer ended, whole or broken off. */
  async function eventsOf(response: IncomingMessage): Promise<number> {
    let events = 0;
    const parts = response.setEncoding('utf8') as AsyncIterable<string>;
    try {
      for await (const part of parts) events += part.split('"jti":').length - 1;
    } catch (error) {
      expect((error as Error).message).toBe('aborted');
    }
    return events;
  }

  it.each([
    ['stream', '/api/v1/audit/stream?sequence_from=1'],
    ['export', '/api/v1/audit/export'],
  ])(
    'is not continued: %s',
    async (_, path) => {
      const reader = await aToken(business, { role: 'auditor' });
      const response = await begun(path, reader.secret);
      const { status } = await business.api.post(`/api/v1/tokens/${reader.id}/revoke`);
      expect(status).toBe(201);
      expect(await eventsOf(response)).toBeLessThan(EVENTS / 2);
    },
    LIMIT_MS,
  );

  it('takes one use of a token that has few, however many parts it has', async () => {
    const reader: TestToken = await aToken(business, { member: await aMember(business, 'auditor') });
    await changeToken(database.superuserUrl, reader.id, 'uses_limit = 3');
    const response = await begun('/api/v1/audit/export', reader.secret);
    expect(await eventsOf(response)).toBeGreaterThanOrEqual(EVENTS - 2);
    const [row] = await sql<{ uses: number }>(
      database.superuserUrl,
      'SELECT uses FROM tokens WHERE id = $1',
      [reader.id],
    );
    expect(row?.uses).toBe(1);
  });
});
