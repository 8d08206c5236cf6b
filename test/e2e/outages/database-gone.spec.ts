import { databaseLink, type DatabaseLink } from '../../support/database-link.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { nameOf, nativeOperations } from '../../support/native-operations.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

const SECOND_MS = 1000;

describe('while the database is gone', () => {
  let database: TestDatabase;
  let link: DatabaseLink;
  let app: RescindProcess;
  let business: TestBusiness;
  let token: TestToken;

  beforeAll(async () => {
    database = await freshDatabase();
    link = await databaseLink(database.url);
    app = await startRescind({ databaseUrl: link.url });
    business = await aBusiness({ url: app.url });
    token = await aToken(business, { role: 'owner' });
    await link.cut();
    await waitFor('the lease to end', async () => {
      const { text } = await ask('/health/ready');
      return (JSON.parse(text) as { lease: { status: string } }).lease.status === 'down';
    });
  });
  afterAll(async () => {
    await app.stop();
    await link.cut().catch(() => undefined);
    await database.drop();
  });

  const ask = (path: string, secret = token.secret, method = 'GET') =>
    exchange(app.url, {
      method,
      path,
      headers: [
        ['authorization', `Bearer ${secret}`],
        ['x-business-id', business.id],
      ],
    });

  it('every route answers 503 in the documented shape, and says when to come back', async () => {
    for (const operation of await nativeOperations(app.url)) {
      const path = operation.address(() => business.id);
      const { status, headers, text } = await ask(path, platformSecret(), operation.method);
      expect([nameOf(operation), status, Number(headers['retry-after']) > 0]).toEqual([
        nameOf(operation),
        503,
        true,
      ]);
      expect(JSON.parse(text)).toEqual({
        detail: expect.any(String),
        code: 'service.unavailable',
        request_id: headers['x-request-id'],
      });
    }
  });

  it('the log tells of it once a second, without a stack, and says how many lines were left out', async () => {
    const from = app.logs().length;
    const begunMs = performance.now();
    let asked = 0;
    await waitFor('three seconds to pass', async () => {
      await Promise.all(Array.from({ length: 20 }, () => ask('/api/v1/members', platformSecret())));
      asked += 20;
      return performance.now() - begunMs > 3 * SECOND_MS;
    });
    const seconds = (performance.now() - begunMs) / SECOND_MS;
    const errors = app
      .logs()
      .slice(from)
      .split('\n')
      .filter((line) => /"level":[4-6]0/.test(line))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(errors.length).toBeGreaterThanOrEqual(2);
    expect(errors.length).toBeLessThanOrEqual(seconds + 1);
    expect(errors.filter((line) => line['stack'] !== undefined)).toEqual([]);
    const leftOut = errors.reduce((sum, line) => sum + Number(line['left_out'] ?? 0), 0);
    expect(leftOut).toBeGreaterThan(asked / 3);
  });

  it('a garbage secret is refused all the same, quickly: that costs no database access', async () => {
    const tookMs: number[] = [];
    for (let index = 0; index < 50; index++) {
      const t0 = performance.now();
      const { status } = await ask(
        '/api/v1/tokens',
        `dz_${'A'.repeat(22)}_${'b'.repeat(40)}_${'0'.repeat(6)}`,
      );
      expect(status).toBe(401);
      tookMs.push(performance.now() - t0);
    }
    // Whoever waits for the database does so each time; what else the machine does comes and goes.
    expect(Math.min(...tookMs)).toBeLessThan(SECOND_MS);
  });

  it('the process is alive, not ready, and does not tell more than that', async () => {
    expect((await ask('/health/live')).status).toBe(200);
    const { status, text } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ status: 'error', database: { status: 'down' } });
    expect(text).not.toContain('127.0.0.1');
    expect((await ask('/metrics')).status).toBe(200);
  });

  it('it recovers without a restart, and nothing was done by halves', async () => {
    await link.restore();
    await app.ready();
    expect((await ask('/api/v1/tokens')).status).toBe(200);
    expect((await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status).toBe(201);
    expect((await ask('/api/v1/tokens')).status).toBe(401);
    const [counts] = await sql(
      database.url,
      `SELECT (SELECT count(*)::int FROM tokens WHERE revoked_at IS NOT NULL) AS revoked,
         (SELECT count(*)::int FROM audit_events WHERE action = 'token.revoked') AS events`,
    );
    expect(counts).toEqual({ revoked: 1, events: 1 });
  });
});
