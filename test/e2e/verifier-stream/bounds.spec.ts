import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, platform, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { Child, refusedWith, Stream } from '../../support/stream-child.js';
import { waitFor } from '../../support/wait-for.js';

const STREAMS_MAX = 8;
const LEASE_MS = 5000;

describe('client verifiers take no more of a process than they are given', () => {
  let app: RescindProcess;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      // A long lease, so that no stall of a busy machine costs the server its own, or anybody a connection.
      env: {
        RESCIND_VERIFIER_STREAMS_MAX: String(STREAMS_MAX),
        RESCIND_LEASE_MS: String(LEASE_MS),
        RESCIND_LAST_USED_FLUSH_MS: '200',
      },
    });
    await app.ready();
  }, 120_000);
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const backEnd = async (): Promise<string> => {
    const business = await aBusiness({ url: app.url });
    return (await aToken(business, { scopes: ['rescind:tokens:verify'] })).secret;
  };
  const expectNoRoom = async (secret?: string): Promise<void> => {
    const { status, headers, body } = await refusedWith(app.url, secret === undefined ? {} : { secret });
    expect([status, body.code]).toEqual([429, 'request.rate_limited']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  };
  const closedWith = async (code: number): Promise<number> => {
    const { text } = await exchange(app.url, { method: 'GET', path: '/metrics' });
    const [, count = '0'] =
      new RegExp(`rescind_verifier_streams_closed_total\\{code="${code}"\\} (\\d+)`).exec(text) ?? [];
    return Number(count);
  };

  it('a business has a quarter, one address three, and who leaves makes room', async () => {
    const [one, other] = [await backEnd(), await backEnd()];
    // They beat: a connection that says nothing is ended after some seconds, and makes room.
    const children = [
      await Child.join(app.url, { secret: one }),
      await Child.join(app.url, { secret: one }),
      await Child.join(app.url, { secret: other }),
    ];
    await expectNoRoom(one);
    while (children.length < STREAMS_MAX * 0.75) children.push(await Child.join(app.url));
    await expectNoRoom();
    await expectNoRoom(other);
    for (const child of children) await child.leave();
    const late = await waitFor('room', async () => Child.join(app.url, { secret: one }).catch(() => null));
    await late.leave();
  }, 60_000);

  const neverReading = async (): Promise<Stream> => {
    const stream = await Stream.open(app.url);
    stream.say({ type: 'hello', version: 1, name: 'never reads', max: 1 });
    await stream.hear('welcome');
    stream.socket.pause();
    return stream;
  };

  it('one that asks and never reads is cut off', async () => {
    const business = await aBusiness({ url: app.url });
    const { secret } = await aToken(business, { name: 'n'.repeat(200) });
    const before = await closedWith(4408);
    // One that asks faster than it is answered is ended for that, and says nothing about reading: begun anew.
    const stream = await waitFor('it to be cut off', async () => {
      const attempt = await neverReading();
      const tooMany = await closedWith(4429);
      for (let [id, n] = [0, 0]; (await closedWith(4429)) === tooMany;) {
        if ((await closedWith(4408)) > before) return attempt;
        attempt.say({ type: 'beat', n: ++n, acked: 0 });
        for (let count = 0; count < 900; count++) attempt.say({ type: 'ask', id: ++id, secret });
      }
      attempt.socket.terminate();
      return null;
    });
    await waitFor('nobody to be connected', async () => {
      const { body } = await (await platform(app.url)).get('/api/v1/admin/verifiers');
      return body.items.length === 0;
    });
    stream.socket.terminate();
  }, 60_000);

  it('one that reports more uses than a process would is taken at its word for some of them', async () => {
    const business = await aBusiness({ url: app.url });
    const [token, last] = [await aToken(business), await aToken(business)];
    const child = await Child.join(app.url, { secret: (await aToken(business)).secret });
    const usesOf = async ({ id }: TestToken): Promise<number> =>
      (await business.api.get(`/api/v1/tokens/${id}/usage`)).body.verdicts.active as number;
    await child.remember(token.secret);
    const startMs = performance.now();
    const REPORTS = 2000;
    for (let sent = 0; sent < REPORTS; sent++) child.stream.say({ type: 'used', jtis: [token.jti] });
    await child.ask(last.secret);
    // Sixteen a term, and those of four terms at once.
    const atMost = 64 + 16 * ((performance.now() - startMs) / LEASE_MS);
    await waitFor('the last one to be written', async () => (await usesOf(last)) > 0);
    const uses = await usesOf(token);
    expect(uses).toBeGreaterThan(64);
    // It was asked about once, or some times until it could be remembered.
    expect(uses).toBeLessThanOrEqual(Math.min(REPORTS / 4, atMost + 10));
    await child.leave();
  }, 60_000);

  it('what it did is in the metrics', async () => {
    const child = await Child.join(app.url);
    // Those of before count until their sub-leases have ended.
    const text = await waitFor('it to be the only one', async () => {
      const metrics = await exchange(app.url, { method: 'GET', path: '/metrics' });
      return /^rescind_client_verifiers 1$/m.test(metrics.text) && metrics.text;
    });
    expect(text).toMatch(/^rescind_client_verifier_grants_total [1-9]/m);
    await child.leave();
  }, 60_000);
});
