import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { RescindProcess } from '../../support/rescind-process.js';
import { openSocket } from '../../support/stream-child.js';
import { heldMsBy } from '../event-loop/longest-turn.mjs';
import { monitoredApp } from '../event-loop/monitored-app.js';

const CONNECTED = 1900;
/** As many small messages as one read of a socket holds. */
const FLOODED = 3000;
const AT_ONCE = 50;
const TRIES = 10;
const HELD_MS_MAX = 10;

describe('the event loop is held no longer than ten milliseconds', () => {
  let app: RescindProcess;
  let portFile: string;
  let end: () => Promise<void>;
  const sockets: WebSocket[] = [];

  beforeAll(async () => {
    ({ app, portFile, end } = await monitoredApp({
      RESCIND_TRUSTED_PROXIES: '127.0.0.1',
      RESCIND_LEASE_MS: '60000',
      RESCIND_VERIFIER_STREAMS_MAX: '2500',
    }));
  }, 60_000);
  afterAll(async () => {
    for (const socket of sockets) socket.terminate();
    await end();
  });

  const held = (work: () => Promise<unknown>): Promise<number> =>
    heldMsBy(portFile, { work, limitMs: HELD_MS_MAX, tries: TRIES });
  const open = async (number: number): Promise<void> => {
    const address = `2001:db8:${(number >> 8).toString(16)}:${(number & 255).toString(16)}::1`;
    const socket = openSocket(app.url, { headers: { 'x-forwarded-for': address } });
    sockets.push(socket);
    await once(socket, 'open');
    // Beyond its hello it says nothing: at this lease it is not missed for minutes.
    socket.send(JSON.stringify({ type: 'hello', version: 1, name: 'one of many', max: 1 }));
    await once(socket, 'message');
  };

  it.each([
    ['asks that cannot be one', JSON.stringify({ type: 'ask', id: 1, secret: 'x', scopes: [7] })],
    ['uses of one token', JSON.stringify({ type: 'used', jtis: ['x'.repeat(22)] })],
    [
      'uses of many tokens',
      JSON.stringify({
        type: 'used',
        jtis: Array.from({ length: 200 }, (__, n) => String(n).padStart(22, 'x')),
      }),
    ],
  ])('by thousands of %s in one write', async (_, text) => {
    const socket = openSocket(app.url, { headers: { 'x-forwarded-for': '2001:db8:ffff::1' } });
    sockets.push(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'hello', version: 1, name: 'a flood', max: 1 }));
    await once(socket, 'message');
    const { _socket: connection } = socket as unknown as { _socket: Socket };
    const flood = async (): Promise<void> => {
      connection.cork();
      for (let sent = 0; sent < FLOODED; sent++) socket.send(text);
      connection.uncork();
      const heard = once(socket, 'pong');
      socket.ping();
      await heard;
    };
    expect(await held(flood)).toBeLessThanOrEqual(HELD_MS_MAX);
    expect(socket.readyState).toBe(socket.OPEN);
  });

  it('by one more of them beside hundreds of other addresses', async () => {
    for (let first = 0; first < CONNECTED; first += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => open(first + index)));
    let next = CONNECTED;
    expect(await held(() => open(++next))).toBeLessThanOrEqual(HELD_MS_MAX);
  }, 120_000);
});
