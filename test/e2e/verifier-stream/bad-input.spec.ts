import pg from 'pg';
import { mintSecret } from '../../../src/secrets/mint.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { sharedApp } from '../../support/shared-app.js';
import { Child, Stream } from '../../support/stream-child.js';

const HELLO = { type: 'hello', version: 1, name: 'a client', max: 10 };
const ask = (id: number): object => ({ type: 'ask', id, secret: 'nonsense' });

describe('a client verifier that breaks the protocol is told so, and its connection ends', () => {
  let url: string;
  let secret: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    ({ secret } = await aToken(await aBusiness(), { scopes: ['rescind:tokens:verify'] }));
  });

  it.each<[string, (object | string | Buffer)[]]>([
    ['what is no JSON', ['{"type":']],
    ['what is no object', ['[1]']],
    ['null', ['null']],
    ['a message without a type', [{}]],
    ['a type that is not known', [HELLO, { type: 'join' }]],
    ['binary rubbish', [Buffer.from([0, 255, 128, 7])]],
    ['a binary frame with a good message', [Buffer.from(JSON.stringify(HELLO))]],
    ['a beat before hello', [{ type: 'beat', n: 1, acked: 0 }]],
    ['an ask before hello', [ask(1)]],
    ['hello twice', [HELLO, HELLO]],
    ['another version', [{ ...HELLO, version: 2 }]],
    ['a name that is too long', [{ ...HELLO, name: 'n'.repeat(129) }]],
    ['a name that steers terminals', [{ ...HELLO, name: '\u001b[2J' }]],
    ['a max that is no number', [{ ...HELLO, max: '10' }]],
    ['a beat that is left out', [HELLO, { type: 'beat', n: 2, acked: 0 }]],
    ['a beat twice', [HELLO, { type: 'beat', n: 1, acked: 0 }, { type: 'beat', n: 1, acked: 0 }]],
    ['an acknowledgement of what was not said', [HELLO, { type: 'beat', n: 1, acked: 1 }]],
    ['a negative acknowledgement', [HELLO, { type: 'beat', n: 1, acked: -1 }]],
    ['an ask without an id', [HELLO, { type: 'ask', secret: 'x' }]],
    ['too many uses at once', [HELLO, { type: 'used', jtis: Array(201).fill('x') }]],
    ['uses that are no list', [HELLO, { type: 'used', jtis: 'x' }]],
    ['scopes without a list of them', [HELLO, { type: 'used', jtis: ['x'], asked: [[0]] }]],
    ['a scope that is no text', [HELLO, { type: 'used', jtis: ['x'], scopes: [1], asked: [[0]] }]],
    [
      'a scope that is too long',
      [HELLO, { type: 'used', jtis: ['x'], scopes: ['x'.repeat(129)], asked: [[0]] }],
    ],
    ['a position behind the scopes', [HELLO, { type: 'used', jtis: ['x'], scopes: ['a'], asked: [[1]] }]],
    ['scopes of fewer tokens', [HELLO, { type: 'used', jtis: ['x', 'y'], scopes: ['a'], asked: [[0]] }]],
    ['scopes of a token that are no list', [HELLO, { type: 'used', jtis: ['x'], scopes: ['a'], asked: [0] }]],
  ])('%s', async (_, messages) => {
    const stream = await Stream.open(url, { secret });
    for (const message of messages) stream.say(message);
    expect(await stream.closed).toBe(4400);
    expect(stream.heard.at(-1)).toEqual({
      type: 'bye',
      code: 'protocol_error',
      message: expect.stringMatching(/\.$/),
    });
  });

  it('a message that is too large', async () => {
    const stream = await Stream.open(url, { secret });
    stream.say({ ...HELLO, name: 'n'.repeat(17 * 1024) });
    expect(await stream.closed).toBe(4413);
  });

  it('a message that is far too large', async () => {
    const stream = await Stream.open(url, { secret });
    stream.say('x'.repeat(100 * 1024));
    expect(await stream.closed).toBe(1009);
  });

  it('no hello', async () => {
    const stream = await Stream.open(url, { secret });
    expect(await stream.closed).toBe(4408);
  });

  it.each([
    ['more scopes than a token can have', Array(101).fill('orders:read')],
    ['a scope that is no text', [7]],
    ['a scope that is too long', ['x'.repeat(129)]],
    ['no list', 'orders:read'],
  ])('an ask with %s for its scopes is answered', async (_, scopes) => {
    const stream = await Stream.open(url, { secret });
    stream.say(HELLO);
    await stream.hear('welcome');
    stream.say({ type: 'ask', id: 1, secret: 'x', scopes });
    expect(await stream.hear('failed')).toMatchObject({ id: 1, code: 'input.invalid' });
    stream.socket.terminate();
  });

  it('an ask that cannot be one is answered, and nothing else suffers', async () => {
    const child = await Child.join(url, { secret });
    expect(await child.ask('x'.repeat(513))).toMatchObject({ type: 'failed', code: 'input.invalid' });
    expect(await child.ask('x', 'not an address')).toMatchObject({ type: 'failed', code: 'input.invalid' });
    expect(await child.ask('x', '203.0.113.7')).toMatchObject({ verdict: { active: false } });
    await child.leave();
  });

  it('what is not known of a message is passed over', async () => {
    const stream = await Stream.open(url, { secret });
    stream.say({ ...HELLO, colour: 'green' });
    await stream.hear('welcome');
    stream.say({ type: 'leave', colour: 'green' });
    expect(await stream.closed).toBe(1000);
  });

  it('one that says nothing for long', async () => {
    const stream = await Stream.open(url, { secret });
    stream.say(HELLO);
    expect(await stream.closed).toBe(4408);
  });
});

describe('a client verifier that asks while the database answers nothing', () => {
  const secret = mintSecret('dz').secret;
  let database: TestDatabase;
  let rescind: RescindProcess;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });

  it.each([
    ['two asks with one id', [1, 1], 4400],
    ['more asks than may be unanswered', Array.from({ length: 1001 }, (_, index) => index), 4429],
  ])('%s: told so, and its connection ends', async (_, ids, code) => {
    const stream = await Stream.open(rescind.url);
    stream.say(HELLO);
    await stream.hear('welcome');
    const operator = new pg.Client({ connectionString: database.superuserUrl });
    await operator.connect();
    try {
      await operator.query('BEGIN; LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE');
      for (const id of ids) stream.say({ type: 'ask', id, secret });
      expect(await stream.closed).toBe(code);
    } finally {
      await operator.end();
    }
  });
});
