import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { RawConnection } from '../../support/raw-connection.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

/** Each more than what the test process may stand still between two steps of a client that keeps to them. */
const LIMITS = { headers: 1000, request: 3000, keepAlive: 3500 };
const PER_ADDRESS = 8;
/** Nothing has a reason to take this much longer than its limit, on the slowest machine. */
const SLACK_MS = 20_000;

describe('a connection', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  let token: TestToken;
  const open: RawConnection[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: {
        RESCIND_REQUEST_TIMEOUT_MS: String(LIMITS.request),
        RESCIND_KEEP_ALIVE_MS: String(LIMITS.keepAlive),
        RESCIND_CONNECTIONS_PER_ADDRESS: String(PER_ADDRESS),
        // The test process itself asks for more than one client may.
        RESCIND_TRUSTED_PROXIES: '127.0.0.1,127.0.0.9',
        RESCIND_LEASE_MS: '6000',
      },
    });
    business = await aBusiness({ url: app.url });
    token = await aToken(business, { role: 'admin' });
  });
  afterEach(() => open.splice(0).forEach((each) => each.close()));
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  /** Every test is a client of its own. */
  let host = 10;
  const connection = async (address = `127.0.0.${host}`): Promise<RawConnection> => {
    const made = await RawConnection.open(app.url, address);
    open.push(made);
    return made;
  };
  beforeEach(() => void host++);
  const authorized = (): string =>
    `Host: x\r\nAuthorization: Bearer ${token.secret}\r\nx-business-id: ${business.id}\r\n`;
  const closedBy = (gauge: string): Promise<number> =>
    exchange(app.url, { method: 'GET', path: '/metrics' }).then(({ text }) =>
      Number(new RegExp(`rescind_connections_closed_total\\{limit="${gauge}"\\} (\\d+)`).exec(text)?.[1]),
    );

  it('on which nothing is sent, or a header that does not end, is closed', async () => {
    const silent = await connection();
    const slow = await connection();
    slow.send('GET /health/live HTTP/1.1\r\nHost: x\r\nx-a: ');
    const trickle = setInterval(() => slow.send('a'), 50);
    const took = await Promise.all([silent.closed(), slow.closed()]);
    clearInterval(trickle);
    for (const ms of took) {
      expect(ms).toBeGreaterThan(LIMITS.headers * 0.9);
      expect(ms).toBeLessThan(LIMITS.headers + SLACK_MS);
    }
    expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['that begins and goes on by the byte', true],
    ['that never comes', false],
  ])('with a body %s is closed, though its client never closes its side', async (_, trickles) => {
    const slow = await connection();
    slow.send(
      `POST /api/v1/tokens HTTP/1.1\r\n${authorized()}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n`,
    );
    const trickle = trickles ? setInterval(() => slow.send(' '), 50) : undefined;
    const took = await slow.closed();
    clearInterval(trickle);
    expect(took).toBeGreaterThan(LIMITS.request * 0.9);
    expect(took).toBeLessThan(LIMITS.request + SLACK_MS);
    expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('whose body is not awaited, because the answer is known, is closed all the same', async () => {
    const refused = await connection();
    refused.send(
      'POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{',
    );
    await refused.answered();
    expect(refused.received).toMatch(/^HTTP\/1\.1 413 /);
    await refused.closed();
    const asked = await connection();
    asked.send('GET /gateway/authorize HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n{');
    await asked.answered();
    expect(asked.received).toMatch(/^HTTP\/1\.1 401 /);
    await asked.closed();
  });

  it('that is idle between requests is closed, and not before', async () => {
    const kept = await connection();
    for (let count = 1; count <= 3; count++) {
      kept.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      await kept.answered(count);
    }
    expect(await kept.closed()).toBeGreaterThan(LIMITS.keepAlive * 0.9);
  });

  it('with an answer that is still being made is left alone, however long that takes', async () => {
    const { id } = await aToken(business);
    const other = await startRescind({ databaseUrl: database.url, env: { RESCIND_LEASE_MS: '6000' } });
    await other.ready();
    const waiting = await connection();
    other.freeze();
    waiting.send(`POST /api/v1/tokens/${id}/revoke HTTP/1.1\r\n${authorized()}Content-Length: 0\r\n\r\n`);
    const startedMs = performance.now();
    await waiting.answered();
    const took = performance.now() - startedMs;
    other.thaw();
    await other.stop();
    expect(waiting.received).toMatch(/^HTTP\/1\.1 201 /);
    expect(took).toBeGreaterThan(Math.max(...Object.values(LIMITS)));
  });

  it('with a live stream lasts for as long as it is read', async () => {
    const stream = await connection();
    const own = `${authorized()}\r\n`;
    stream.send(`GET /api/v1/audit/stream HTTP/1.1\r\n${own}`);
    await stream.answered();
    const startedMs = performance.now();
    const longest = 3 * Math.max(...Object.values(LIMITS));
    let seen = 0;
    while (performance.now() - startedMs < longest) {
      await business.api.post('/api/v1/identities', { name: `ci-${seen}` });
      seen++;
      await waitFor('the event', () => (stream.received.match(/identity\.created/g) ?? []).length >= seen);
    }
    expect(stream.isClosed).toBe(false);
    expect(seen).toBeGreaterThan(3);
  });

  it('whose reader takes nothing of a long answer is closed; one who is slow is not', async () => {
    const before = await closedBy('answer_idle');
    const stalled = await connection();
    const slow = await connection();
    for (const each of [stalled, slow]) each.stopReading();
    // Until the buffers of both systems are full, and the server has to wait.
    const asking = setInterval(() => {
      for (const each of [stalled, slow]) each.send('GET /docs-json HTTP/1.1\r\nHost: x\r\n\r\n');
      slow.readSome();
    }, 45);
    await waitFor('the stalled one to be closed', async () => (await closedBy('answer_idle')) > before);
    clearInterval(asking);
    expect(await closedBy('answer_idle')).toBe(before + 1);
    expect(slow.isClosed).toBe(false);
  });

  it('is refused to an address that has too many, and to no other', async () => {
    const address = `127.0.0.${host}`;
    const before = await closedBy('per_address');
    const many = await Promise.all(Array.from({ length: PER_ADDRESS + 4 }, () => connection(address)));
    await waitFor('four to be closed', () => many.filter(({ isClosed }) => isClosed).length >= 4);
    // The others end as well, by and by: they send nothing.
    expect(await closedBy('per_address')).toBe(before + 4);
    const elsewhere = await connection('127.0.0.200');
    elsewhere.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await elsewhere.answered();
    many.forEach((each) => each.close());
    await waitFor('room for another', async () => {
      const again = await connection(address);
      if (again.isClosed) return false;
      again.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      await again.answered();
      return again.received.startsWith('HTTP/1.1 200');
    });
  });

  it('is refused to no trusted proxy, which stands for many', async () => {
    const many = await Promise.all(Array.from({ length: PER_ADDRESS * 3 }, () => connection('127.0.0.9')));
    for (const each of many) each.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all(many.map((each) => each.answered()));
  });

  it('is closed when it sends far more requests than it waits for, and a few are answered in order', async () => {
    const before = await closedBy('pipelined');
    const few = await connection();
    few.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(12));
    await few.answered(12);
    expect(few.isClosed).toBe(false);
    const many = await connection();
    many.send('GET /api/v1/tokens HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000));
    await many.closed();
    expect(many.answers).toBeLessThan(20);
    expect(await closedBy('pipelined')).toBe(before + 1);
  });
});

describe('connections in all', () => {
  it('are bounded', async () => {
    const database = await freshDatabase();
    const app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_CONNECTIONS_MAX: '6' },
    });
    const many = await Promise.all(
      Array.from({ length: 10 }, (_, index) => RawConnection.open(app.url, `127.0.1.${index + 1}`)),
    );
    const dropped = (): number => many.filter(({ hasEnded, isClosed }) => hasEnded || isClosed).length;
    await waitFor('four to be dropped', () => dropped() >= 4);
    expect(dropped()).toBe(4);
    many.forEach((each) => each.close());
    await app.stop();
    await database.drop();
  });
});
