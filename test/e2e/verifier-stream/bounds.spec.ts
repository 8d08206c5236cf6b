import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, platform } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { Child, refusedWith, Stream } from '../../support/stream-child.js';
import { waitFor } from '../../support/wait-for.js';

const STREAMS_MAX = 8;

describe('client verifiers take no more of a process than they are given', () => {
  let app: RescindProcess;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_VERIFIER_STREAMS_MAX: String(STREAMS_MAX) },
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
    const streams = [
      await Stream.open(app.url, { secret: one }),
      await Stream.open(app.url, { secret: one }),
      await Stream.open(app.url, { secret: other }),
    ];
    await expectNoRoom(one);
    while (streams.length < STREAMS_MAX * 0.75) streams.push(await Stream.open(app.url));
    await expectNoRoom();
    await expectNoRoom(other);
    for (const stream of streams) stream.socket.close();
    for (const stream of streams) await stream.closed;
    const late = await waitFor('room', async () => Child.join(app.url, { secret: one }).catch(() => null));
    await late.leave();
  }, 60_000);

  it('one that asks and never reads is cut off', async () => {
    const business = await aBusiness({ url: app.url });
    const { secret } = await aToken(business, { name: 'n'.repeat(200) });
    const stream = await Stream.open(app.url);
    stream.say({ type: 'hello', version: 1, name: 'never reads', max: 1 });
    await stream.hear('welcome');
    const before = await closedWith(4408);
    stream.socket.pause();
    let [id, n] = [0, 0];
    await waitFor('it to be cut off', async () => {
      stream.say({ type: 'beat', n: ++n, acked: 0 });
      for (let count = 0; count < 900; count++) stream.say({ type: 'ask', id: ++id, secret });
      return (await closedWith(4408)) > before;
    });
    const { body } = await (await platform(app.url)).get('/api/v1/admin/verifiers');
    expect(body.items).toEqual([]);
    stream.socket.terminate();
  }, 60_000);

  it('what it did is in the metrics', async () => {
    const child = await Child.join(app.url);
    const { text } = await exchange(app.url, { method: 'GET', path: '/metrics' });
    expect(text).toMatch(/^rescind_client_verifiers 1$/m);
    expect(text).toMatch(/^rescind_client_verifier_grants_total [1-9]/m);
    await child.leave();
  });
});
