// The testee of the Node package: node testee.mjs [MODULE], where MODULE is another build of it. docs/conformance.md has the commands.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { VirtualPlatform } from './virtual-platform.mjs';

const [module] = process.argv.slice(2);
const { createVerifier } = await import(module === undefined ? '@rescind/verifier' : pathToFileURL(module));

const TESTEE = { testee: '@rescind/verifier', optional: ['used', 'scopes'] };

let world = null;
let verifier = null;
let events = [];

const commands = {
  create({ wall_ms, options }) {
    events = [];
    // What the last one still does is of no interest any more.
    const own = events;
    world = new VirtualPlatform(wall_ms, (event) => own.push(event));
    verifier = create(options, world.platform);
  },
  open: ({ connection }) => world.connection(connection).opened(),
  receive({ connection, texts }) {
    for (const text of texts) world.connection(connection).received(text);
  },
  alive: ({ connection }) => world.connection(connection).heard(),
  closed: ({ connection, code }) => world.connection(connection).closed(code, null),
  refused: ({ connection, status }) => world.connection(connection).closed(1006, status),
  verify({ question, secret, scopes, ip }) {
    const own = events;
    const answer = (verdict) => own.push({ event: 'verdict', question, verdict });
    const verdict = verifier.verify(secret, { scopes, ip });
    if (verdict instanceof Promise) verdict.then(answer);
    else answer(verdict);
  },
  http: ({ call, status, body }) => world.answer(call, status, body),
  pass: ({ ms }) => world.pass(ms),
  wall: ({ ms }) => void (world.wallMs += ms),
};

function create({ url, token, name, max, timeout_ms }, platform) {
  return createVerifier({ url, token, name, max, timeoutMs: timeout_ms }, platform);
}

async function obey(command) {
  const { do: what } = command;
  if (what === 'about') return TESTEE;
  if (!Object.hasOwn(commands, what)) return { error: `no such command: ${what}` };
  try {
    await commands[what](command);
    await world.settle();
    return { events: events.splice(0) };
  } catch (error) {
    return { error: String(error) };
  }
}

const running = new Map();
/** On real sockets: answers come in any order. */
async function obeyOnSockets({ do: what, id, options, secret }) {
  if (what === 'start') running.set('it', create(options));
  else if (what === 'verify') return { id, verdict: await running.get('it').verify(secret) };
  else await running.get('it').close();
  return { id };
}

const write = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.id === undefined) write(await obey(command));
  else void obeyOnSockets(command).then(write);
}
process.exit();
