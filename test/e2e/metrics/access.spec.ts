import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { demandDocumented } from '../../support/documented-answer.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { sharedApp } from '../../support/shared-app.js';
import { freePort } from '../../support/free-port.js';

const TOKEN = 'a-token-for-the-reader-of-metrics';
const TEXT = /^rescind_lease_remaining_seconds [\d.]+$/m;

describe('metrics', () => {
  let database: TestDatabase;
  let app: RescindProcess | undefined;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterEach(async () => {
    await app?.stop();
    app = undefined;
  });
  afterAll(() => database.drop());

  const read = async (
    url: string,
    headers: [string, string][] = [],
    path = '/metrics',
  ): Promise<Answer & { body: unknown }> => {
    const answer = await exchange(url, { method: 'GET', path, headers });
    const body: unknown = answer.text.startsWith('{') ? JSON.parse(answer.text) : answer.text;
    return { ...answer, body };
  };
  const bearer = (token: string): [string, string] => ['authorization', `Bearer ${token}`];

  it('are shown to nobody without a setting: whom a plain proxy_pass lets in looks like the machine itself', async () => {
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_METRICS_LISTEN: '' } });
    const forwarded: [string, string] = ['x-forwarded-for', '198.51.100.1'];
    for (const headers of [[], [['connection', 'close']], [forwarded], [bearer(TOKEN)]] as [
      string,
      string,
    ][][]) {
      const answer = await read(app.url, headers);
      expect([headers, answer.status]).toEqual([headers, 404]);
      await demandDocumented(app.url, 'GET', '/metrics', answer);
    }
  });

  it('are shown beside the API to everybody where the setting says so, through proxies as well', async () => {
    const { url } = await sharedApp();
    for (const headers of [[], [['via', '1.1 proxy']]] as [string, string][][])
      expect((await read(url, headers)).text).toMatch(TEXT);
  });

  it.each(['', 'api'])(
    'are shown to whoever presents the token, and to nobody else (listen: "%s")',
    async (listen) => {
      app = await startRescind({
        databaseUrl: database.url,
        env: { RESCIND_METRICS_LISTEN: listen, RESCIND_METRICS_TOKEN: TOKEN },
      });
      const remote: [string, string] = ['x-forwarded-for', '198.51.100.1'];
      expect((await read(app.url, [bearer(TOKEN), remote])).text).toMatch(TEXT);
      for (const headers of [[], [bearer(`${TOKEN}x`)], [bearer(TOKEN.slice(1))]] as [string, string][][]) {
        const answer = await read(app.url, headers);
        expect(answer.status).toBe(401);
        expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="rescind"/);
        await demandDocumented(app.url, 'GET', '/metrics', answer);
      }
      expect(app.logs()).not.toContain(TOKEN);
    },
  );

  it('have an address of their own where it is set, and no other', async () => {
    const port = await freePort();
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_METRICS_LISTEN: `127.0.0.1:${port}`, RESCIND_METRICS_TOKEN: TOKEN },
    });
    const own = `http://127.0.0.1:${port}`;
    expect(app.logs()).toContain(`${own}/metrics`);
    expect((await read(app.url, [bearer(TOKEN)])).status).toBe(404);
    expect((await read(own)).status).toBe(401);
    expect((await read(own, [bearer('wrong')])).status).toBe(401);
    const answer = await read(own, [bearer(TOKEN)]);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.text).toMatch(TEXT);
    for (const path of ['/', '/health/live', '/api/v1/tokens', '/metrics/x'])
      expect([path, (await read(own, [bearer(TOKEN)], path)).status]).toEqual([path, 404]);
    expect((await exchange(own, { method: 'POST', path: '/metrics' })).status).toBe(404);
  });

  it('are in the form that Prometheus reads, each series once', async () => {
    const { url } = await sharedApp();
    await read(url, [], '/health/live');
    const lines = (await read(url)).text.split('\n').filter((line) => line !== '');
    const series = lines.filter((line) => !line.startsWith('#'));
    for (const line of series)
      expect(line).toMatch(
        /^[a-z_:][\w:]*(\{([a-z_]+="[^"\\]*",?)+\})? (-?[\d.]+(e[+-]?\d+)?|Nan|[+-]Inf)$/i,
      );
    const names = series.map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(names.length).toBe(new Set(names).size);
    const live = names.filter(
      (name) => name.includes('route="/health/live"') && name.includes('status="200"'),
    );
    expect(live).toHaveLength(16);
    const value = (end: string): number =>
      Number(
        series
          .find((line) => live.some((name) => line.startsWith(`${name} `)) && line.includes(end))
          ?.split(' ')
          .at(-1),
      );
    expect(value('le="+Inf"')).toBe(value('_count'));
    expect(value('_sum')).toBeGreaterThan(0);
  });
});
