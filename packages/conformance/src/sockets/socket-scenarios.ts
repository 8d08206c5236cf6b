import { createServer } from 'node:http';
import { BINARY, continuationOf, frameOf, pingOf, SUBPROTOCOL, TEXT } from './peer.js';
import { QUESTION_MS, TERM_MS, type Stage } from './stage.js';

export interface SocketScenario {
  readonly name: string;
  readonly rules: readonly string[];
  readonly run: (stage: Stage) => Promise<void>;
}

const SECRET = 'secret-of-sockets';
const PATH = '/api/v1/verifiers/stream';
/** Codes that tell the server something: docs/verifier-protocol.md, How it ends. */
const CODES_OF_PROTOCOL = [1000, 1001, 1009, 4400, 4401, 4408, 4413, 4429];
const ASKS_MAX = 1000;
const EVICTED_AT_ONCE = 60_000;

/** In each the server does something that a server should not, or that a network does. */
export const SOCKET_SCENARIOS: readonly SocketScenario[] = [
  {
    name: 'the handshake is as the page has it, and what is remembered is answered without a question',
    rules: ['L1', 'M1'],
    run: async (stage) => {
      await stage.start();
      const { request } = await stage.dialled();
      const { headers } = request;
      stage.demand(request.method === 'GET' && request.url === PATH, `GET ${PATH}`);
      stage.demand(headers['sec-websocket-version'] === '13', 'version 13');
      stage.demand(headers['sec-websocket-protocol'] === SUBPROTOCOL, `the subprotocol ${SUBPROTOCOL}`);
      stage.demand(headers['sec-websocket-extensions'] === undefined, 'no extension');
      stage.demand(headers.authorization === 'Bearer credential-1', 'the credential');
      await stage.remembering(SECRET);
    },
  },
  {
    name: 'an eviction that arrives byte by byte is acknowledged within a quarter of a term',
    rules: ['M4'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.remembering(SECRET);
      const bytes = frameOf(TEXT, JSON.stringify(evictionOf(1, stage)));
      for (const byte of bytes) {
        peer.socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await stage.sent(peer, ({ acked }) => acked === 1, TERM_MS / 4, 'the acknowledgement');
      await stage.notFromMemory(SECRET);
    },
  },
  {
    name: 'a message in fragments with a ping between them is one message, and the ping is answered',
    rules: ['M4'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.remembering(SECRET);
      const message = Buffer.from(JSON.stringify(evictionOf(1, stage)));
      peer.socket.write(frameOf(TEXT, message.subarray(0, 9), { final: false }));
      peer.socket.write(pingOf('are you there'));
      await stage.until(
        () => peer.pongs.includes('are you there'),
        1000,
        'a pong with the payload of the ping',
      );
      peer.socket.write(continuationOf(message.subarray(9, 20), false));
      peer.socket.write(continuationOf(message.subarray(20), true));
      await stage.sent(peer, ({ acked }) => acked === 1, TERM_MS / 4, 'the acknowledgement');
      await stage.notFromMemory(SECRET);
    },
  },
  {
    name: `an eviction of ${EVICTED_AT_ONCE} names (over 2 MB) is acknowledged within a term`,
    rules: ['M4'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.remembering(SECRET);
      const others = Array.from({ length: EVICTED_AT_ONCE }, (_, index) => [
        'token',
        `another-token-of-many-${index}`,
      ]);
      const { entries } = evictionOf(1, stage);
      peer.send({ type: 'evict', seq: 1, entries: [...others, ...entries] });
      await stage.sent(peer, ({ acked }) => acked === 1, TERM_MS, 'the acknowledgement');
      await stage.notFromMemory(SECRET);
    },
  },
  {
    name: 'a fact and its eviction in one segment are handled in their order',
    rules: ['F1', 'M2'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.leased();
      const asked = stage.verify(SECRET);
      const { id } = await stage.asked(peer, SECRET);
      peer.send(stage.factOf(id), evictionOf(1, stage));
      await stage.verdictOf(asked, 1000);
      await stage.sent(peer, ({ acked }) => acked === 1, TERM_MS / 4, 'the acknowledgement');
      await stage.notFromMemory(SECRET);
    },
  },
  {
    name: 'a connection that is half open is given up after three terms, and questions go over HTTP before that',
    rules: ['E5', 'L8'],
    run: async (stage) => {
      await stage.start();
      const { peer, stop } = await stage.remembering(SECRET);
      stop();
      peer.answerPing = () => undefined;
      await stage.never(() => peer.isGone || peer.closeCode !== null, 1.5 * TERM_MS, 'given up at once');
      stage.whenCalled = ({ response }) => void response.end(JSON.stringify(stage.verdict));
      const { active } = await stage.verdictOf(stage.verify(SECRET), QUESTION_MS);
      stage.demand(active === true && stage.calls.length > 0, 'an answer over HTTP');
      await stage.givenUp(peer, 3 * TERM_MS);
    },
  },
  {
    name: 'a handshake that nobody answers is given up within five seconds, and questions go over HTTP meanwhile',
    rules: ['E6', 'Q4'],
    run: async (stage) => {
      stage.whenDialled = () => undefined;
      stage.whenCalled = ({ response }) => void response.end(JSON.stringify(stage.verdict));
      await stage.start();
      const peer = await stage.dialled();
      const { active } = await stage.verdictOf(stage.verify(SECRET), QUESTION_MS);
      stage.demand(active === true, 'an answer over HTTP');
      await stage.givenUp(peer, 6500);
    },
  },
  {
    name: 'a connection that is not welcomed is given up within ten seconds',
    rules: ['E6'],
    run: async (stage) => {
      await stage.start();
      const peer = await stage.dialled();
      await stage.sent(peer, ({ type }) => type === 'hello', 5000, 'hello');
      await stage.givenUp(peer, 11_500);
    },
  },
  {
    name: 'a handshake that is redirected is not followed, and the credential goes nowhere else',
    rules: ['E4'],
    run: (stage) =>
      withOther(stage, async (other, url) => {
        stage.whenDialled = (peer) => peer.refuse('302 Found', [`Location: ${url}${PATH}`]);
        stage.whenCalled = ({ response }) => void response.writeHead(307, { location: `${url}/api` }).end();
        await stage.start();
        await stage.dialled();
        const { reason } = await stage.verdictOf(stage.verify(SECRET), QUESTION_MS + 1000);
        stage.demand(reason === 'unavailable', 'unavailable');
        stage.demand(other.length === 0, 'nothing is asked of the other server');
      }),
  },
  ...[
    { name: 'chooses no subprotocol', accept: { subprotocol: null } },
    { name: 'chooses another subprotocol', accept: { subprotocol: 'rescind.verifier.v9' } },
    { name: 'does not know the key', accept: { key: 'another' } },
  ].map(({ name, accept }) => ({
    name: `a handshake that ${name} is none`,
    rules: [],
    run: async (stage: Stage) => {
      stage.whenDialled = (peer) => peer.accept(accept);
      await stage.start();
      await stage.givenUp(await stage.dialled(), 1000);
    },
  })),
  ...[
    { name: 'a binary message', bytes: frameOf(BINARY, '{"type":"later"}') },
    { name: 'a masked message', bytes: frameOf(TEXT, '{"type":"later"}', { masked: true }) },
    { name: 'a frame of an unknown opcode', bytes: frameOf(0x3, '{"type":"later"}') },
    { name: 'a message that is no UTF-8', bytes: frameOf(TEXT, Buffer.from([0x22, 0xc3, 0x28, 0x22])) },
    { name: 'a continuation of nothing', bytes: continuationOf(Buffer.from('{"type":"later"}'), true) },
    { name: 'half an object', bytes: frameOf(TEXT, '{"type":"later"') },
  ].map(({ name, bytes }) => ({
    name: `${name} ends the connection, with memory and lease`,
    rules: ['F3', 'E1'],
    run: async (stage: Stage) => {
      await stage.start();
      const { peer } = await stage.remembering(SECRET);
      peer.socket.write(bytes);
      await stage.givenUp(peer, 1000);
      const code = peer.closeCode;
      stage.demand(
        code === null || !CODES_OF_PROTOCOL.includes(code),
        `no code of the protocol, but it is ${code}`,
      );
      await stage.notFromMemory(SECRET);
    },
  })),
  {
    name: 'a connection that is reset in the middle of a message takes memory and lease along',
    rules: ['E1'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.remembering(SECRET);
      peer.socket.write(frameOf(TEXT, JSON.stringify(evictionOf(1, stage))).subarray(0, 12));
      peer.socket.resetAndDestroy();
      // Once it is noticed, which a new connection shows.
      await stage.dialled(2, 1000);
      await stage.notFromMemory(SECRET);
    },
  },
  {
    name: 'with a bye memory and lease end before the close frame is answered',
    rules: ['E2'],
    run: async (stage) => {
      await stage.start();
      const { peer, stop } = await stage.remembering(SECRET);
      stop();
      peer.send({ type: 'bye', code: 'going_away', message: 'The server stops.' });
      peer.close(1001);
      await stage.until(() => peer.closeCode !== null, 1000, 'a close frame');
      stage.demand([1000, 1001].includes(peer.closeCode ?? 0), 'the code 1000, or that of the server');
      await stage.notFromMemory(SECRET);
    },
  },
  {
    name: 'a verifier that is closed sends leave and closes with 1000 within a second',
    rules: ['E3'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.remembering(SECRET);
      const stopped = stage.tell({ do: 'stop' });
      await stage.sent(peer, ({ type }) => type === 'leave', 1000, 'leave');
      peer.close(1000);
      await stage.done(stopped, 2000, 'the verifier is closed');
      await stage.until(() => peer.closeCode !== null, 1000, 'a close frame');
      stage.demand(peer.closeCode === 1000, 'the code 1000');
    },
  },
  {
    name: 'a verifier that is closed does not wait for a server that is silent',
    rules: ['E3'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.remembering(SECRET);
      const stopped = stage.tell({ do: 'stop' });
      await stage.sent(peer, ({ type }) => type === 'leave', 1000, 'leave');
      await stage.done(stopped, 2500, 'the verifier is closed');
    },
  },
  {
    name: 'a refused credential is not asked around, and not tried at once again',
    rules: ['E4'],
    run: async (stage) => {
      stage.whenDialled = (peer) => peer.refuse('401 Unauthorized');
      await stage.start();
      const peer = await stage.dialled();
      await stage.givenUp(peer, 1000);
      const { reason } = await stage.verdictOf(stage.verify(SECRET), QUESTION_MS + 1000);
      stage.demand(reason === 'unavailable', 'unavailable');
      stage.demand(stage.calls.length === 0, 'nothing over HTTP');
      await stage.never(() => stage.peers.length > 1, 2000, 'another connection');
    },
  },
  {
    name: 'an answer that comes drop by drop is none when the time is over',
    rules: ['Q4'],
    run: async (stage) => {
      stage.whenDialled = (peer) => peer.refuse('404 Not Found');
      stage.whenCalled = ({ response }) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const drops = setInterval(() => response.write(' '), 100);
        response.on('close', () => clearInterval(drops));
      };
      await stage.start();
      const { reason } = await stage.verdictOf(stage.verify(SECRET), QUESTION_MS + 1000);
      stage.demand(reason === 'unavailable', 'unavailable');
    },
  },
  {
    name: 'a process that was frozen finds its lease gone',
    rules: ['L6'],
    run: async (stage) => {
      await stage.start();
      const { stop } = await stage.remembering(SECRET);
      const { pid } = stage.testee;
      stage.demand(pid !== undefined && process.platform !== 'win32', 'a system with signals');
      stop();
      process.kill(pid as number, 'SIGSTOP');
      try {
        await stage.never(() => false, 2 * TERM_MS, '');
      } finally {
        process.kill(pid as number, 'SIGCONT');
      }
      await stage.notFromMemory(SECRET);
    },
  },
  {
    name: `of more questions ${ASKS_MAX} are unanswered at most, and the others follow`,
    rules: ['Q2'],
    run: async (stage) => {
      await stage.start();
      const { peer } = await stage.leased();
      const asks = () => peer.texts.filter(({ type }) => type === 'ask');
      const questions = Array.from({ length: ASKS_MAX + 100 }, (_, index) =>
        stage.verify(`${SECRET}-${index}`),
      );
      await stage.until(() => asks().length >= ASKS_MAX, 1000, `${ASKS_MAX} questions`);
      await stage.never(() => asks().length > ASKS_MAX, 200, 'more than 1000 unanswered questions');
      const refusal = { cacheable: false, verdict: { active: false, reason: 'revoked' } };
      const answered = new Set<unknown>();
      await stage.until(
        () => {
          const open = asks().filter(({ id }) => !answered.has(id));
          for (const { id } of open) answered.add(id);
          if (open.length > 0) peer.send(...open.map(({ id }) => ({ ...stage.factOf(id), ...refusal })));
          return questions.every((question) => stage.isAnswered(question));
        },
        2000,
        'all questions are answered',
      );
      stage.demand(answered.size === questions.length, 'one question for each secret');
    },
  },
];

function evictionOf(seq: number, { verdict }: Stage): { type: string; seq: number; entries: unknown[] } {
  return { type: 'evict', seq, entries: [['token', verdict.jti]] };
}

/** With another server, which nobody should ask anything of. */
async function withOther(
  stage: Stage,
  run: (asked: readonly string[], url: string) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(404).end();
  });
  server.on('upgrade', ({ url = '' }, socket) => {
    asked.push(url);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    stage.demand(typeof address === 'object' && address !== null, 'a port');
    await run(asked, `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
