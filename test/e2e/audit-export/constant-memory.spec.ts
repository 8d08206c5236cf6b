import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, type TestBusiness } from '../../support/factories.js';
import { lengthenLog } from '../../support/long-log.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const EVENTS = 50_000;
/** Holding the rows of so many events would cost three times as much. */
const GROWTH_MB_MAX = 64;
const LIMIT_MS = 300_000;

describe('an export of a long log', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_SEAL_MS: '3600000', RESCIND_SMALL_MEMORY: '1' },
    });
    business = await aBusiness({ url: app.url });
    await lengthenLog(database, business.id, EVENTS);
    // Sealing takes its own memory, batch by batch; it is not what is looked at.
    await business.api.get('/api/v1/audit/checkpoint');
  }, LIMIT_MS);
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const resident = (): number =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${app.pid}/status`, 'utf8'))?.[1]) / 1024;

  async function begun(): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${business.api.secret}`, 'x-business-id': business.id };
    const request = http.get(`${app.url}/api/v1/audit/export`, { headers });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  async function linesOf(response: IncomingMessage, onChunk: () => void): Promise<number> {
    let lines = 0;
    for await (const chunk of response) {
      onChunk();
      for (const byte of chunk as Buffer) if (byte === 10) lines += 1;
    }
    return lines;
  }

  it(
    'is whole, and takes no memory for it, whether its reader reads on or stops',
    async () => {
      const before = resident();
      let most = before;
      const look = (): void => void (most = Math.max(most, resident()));
      const stopped = await begun();
      const read = await linesOf(await begun(), look);
      look();
      expect(read).toBeGreaterThanOrEqual(EVENTS + 2);
      expect(await linesOf(stopped, look)).toBeGreaterThanOrEqual(EVENTS + 2);
      expect(most - before).toBeLessThan(GROWTH_MB_MAX);
    },
    LIMIT_MS,
  );
});
