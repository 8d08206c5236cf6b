import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { FastPaths, type BodylessFastPath, type FastPath } from '../../../src/common/http/fast-paths.js';
import { waitFor } from '../../support/wait-for.js';

const PATH = '/short';

/** Answers bodies that begin with `short`; stumbles over `fault`; declines the rest. */
const fastPath: FastPath = {
  path: PATH,
  contentType: /^text\/plain$/,
  answer(_request, body) {
    if (body.startsWith('fault')) throw new Error('stumbled');
    return body.startsWith('short')
      ? { text: `short ${body.length}`, bytes: `short ${body.length}`.length }
      : null;
  },
};

const bodyless: BodylessFastPath = {
  path: '/asked',
  isAsked: (target) => target.startsWith('/asked'),
  answer: () => ['x-answer', 'yes'],
};

/** The ordinary way: reads all of the body and says it back. */
function sayBack(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.end(`ordinary ${Buffer.concat(chunks).toString()}`));
  request.resume();
}

describe('a fast path before the framework', () => {
  let server: Server;
  let fastPaths: FastPaths;
  let observed: number;
  let method: string;
  let socket: Socket;
  let received: string;

  beforeEach(async () => {
    observed = 0;
    received = '';
    server = createServer(sayBack);
    fastPaths = new FastPaths(server, [fastPath], [bodyless], () => (_id, asked) => {
      observed++;
      method = asked;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await once(socket, 'connect');
  });

  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const post = (body: string, headers = '', path = PATH): string =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
  const answered = (...texts: string[]) =>
    waitFor(texts.join('|'), () => bodies(received).join('|') === texts.join('|'), 5000);

  it('answers what is for it, with the fields that every answer has', async () => {
    socket.write(post('short', 'x-request-id: mine\r\n'));
    await answered('short 5');
    expect(received).toMatch(
      /^HTTP\/1\.1 200 OK\r\nx-request-id: [0-9a-f-]{36}\r\nx-client-request-id: mine\r\ncache-control: no-store\r\ncontent-type: application\/json; charset=utf-8\r\ncontent-length: 7\r\n/,
    );
    expect(observed).toBe(1);
  });

  it.each(['GET', 'HEAD', 'POST'])('answers %s without a body, and counts it as that', async (asked) => {
    socket.write(`${asked} /asked?x HTTP/1.1\r\nhost: x\r\n\r\n`);
    await waitFor('an answer', () => received.includes('x-answer: yes'), 5000);
    expect([observed, method]).toEqual([1, asked]);
  });

  it.each(['other', 'fault'])(
    'hands on a request whose body it has looked at, as if it had not: %s',
    async (body) => {
      socket.write(post(body));
      await answered(`ordinary ${body}`);
      expect(observed).toBe(0);
    },
  );

  it('hands on a body that comes in pieces, whole and in order', async () => {
    const whole = post('short and long');
    const begun = once(server, 'request');
    socket.write(whole.slice(0, -9));
    await begun;
    socket.write(whole.slice(-9));
    await answered('ordinary short and long');
  });

  it('answers requests on one connection in the order in which they came', async () => {
    socket.write(post('short1') + post('other2') + post('short three') + post('fault4') + post('short5'));
    await answered('short 6', 'ordinary other2', 'short 11', 'ordinary fault4', 'short 6');
  });

  it('leaves alone what it cannot read in one piece, and every other route', async () => {
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n\r\n`,
    );
    socket.write(post('short', '', '/elsewhere') + post('short', '', `${PATH}?`) + post(''));
    socket.write(post('short'.padEnd(3000, '.')));
    await answered(
      'ordinary short',
      'ordinary short',
      'ordinary short',
      'ordinary ',
      `ordinary ${'short'.padEnd(3000, '.')}`,
    );
    expect(observed).toBe(0);
  });

  it('survives callers who leave in the middle of a body', async () => {
    socket.write(post('short and never all of it').slice(0, -5));
    socket.end();
    await once(socket, 'close');
    expect(server.listening).toBe(true);
    expect(observed).toBe(0);
  });

  it('is out of the way once closed', async () => {
    fastPaths.close();
    socket.write(post('short'));
    await answered('ordinary short');
  });
});

/** The bodies of all whole answers in `text`. */
function bodies(text: string): string[] {
  const found: string[] = [];
  for (let rest = text; rest !== '';) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(rest.slice(0, headEnd))?.[1]);
    if (headEnd === -1 || !(rest.length >= headEnd + 4 + length)) break;
    found.push(rest.slice(headEnd + 4, headEnd + 4 + length));
    rest = rest.slice(headEnd + 4 + length);
  }
  return found;
}
