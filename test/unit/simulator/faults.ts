import type { Client } from './client.js';
import type { Host } from './host.js';
import type { Server } from './server.js';
import type { World } from './world.js';

const EVERY_MS = 350;
/** Of a lease: long enough to outlast it, or to end shortly before. */
const TERMS = [0.1, 0.5, 0.9, 1, 1.2, 2.5];

/** What befalls servers, clients, the network and the database, at random. */
export class Faults {
  constructor(private readonly world: World) {}

  begin(): void {
    const { loop, random } = this.world;
    loop.in(random.after(EVERY_MS), () => {
      if (this.world.isCalm) return;
      this.begin();
      random.of(KINDS)(this.world, random.of(TERMS) * this.world.leaseMs * random.between(0.8, 1.2));
    });
  }
}

type Fault = (world: World, ms: number) => void;

function anyServer({ servers, random }: World): Server | undefined {
  return random.of([...servers.values()].filter(({ host }) => host.alive));
}

function anyClient({ clients, random }: World): Client | undefined {
  return random.of([...clients.values()].filter(({ host }) => host.alive));
}

function anyHost(world: World): Host | undefined {
  return (world.random.chance(0.5) ? anyServer(world) : anyClient(world))?.host;
}

/** Their wall clocks are never set: a machine that sleeps needs one that goes on meanwhile. */
const SLEEPERS = new Set(['s0', 'c0']);

const freeze: Fault = (world, ms) => {
  const host = anyHost(world);
  if (host === undefined) return;
  world.history.fault(`${host.name} is frozen for ${ms.toFixed()} ms`);
  host.freeze(ms);
};

const sleep: Fault = (world, ms) => {
  const host = anyHost(world);
  if (host === undefined || !SLEEPERS.has(host.name)) return;
  world.history.fault(`the machine of ${host.name} sleeps for ${ms.toFixed()} ms`);
  host.sleep(ms);
};

const setWallClock: Fault = (world) => {
  const host = anyHost(world);
  if (host === undefined || SLEEPERS.has(host.name)) return;
  const ms = world.random.between(-5000, 5000);
  world.history.fault(`the wall clock of ${host.name} is set by ${ms.toFixed()} ms`);
  host.wallErrorMs += ms;
};

const holdDatabase: Fault = (world, ms) => {
  const server = anyServer(world);
  if (server === undefined) return;
  world.history.fault(`nothing goes between ${server.name} and the database for ${ms.toFixed()} ms`);
  world.network.hold(server.host, world.databaseHost, ms);
};

const holdStream: Fault = (world, ms) => {
  const [server, client] = [anyServer(world), anyClient(world)];
  if (server === undefined || client === undefined) return;
  world.history.fault(`nothing goes between ${server.name} and ${client.name} for ${ms.toFixed()} ms`);
  world.network.hold(server.host, client.host, ms);
};

const halfOpen: Fault = (world, ms) => {
  const [server, client] = [anyServer(world), anyClient(world)];
  if (server === undefined || client === undefined) return;
  const other = world.random.chance(0.5) ? world.databaseHost : client.host;
  world.history.fault(
    `connections of ${server.name} and ${other.name} are half open, and reset after ${ms.toFixed()} ms`,
  );
  world.network.break(server.host, other, ms);
};

const killServer: Fault = (world, ms) => {
  const server = anyServer(world);
  if (server === undefined) return;
  world.history.fault(`${server.name} is killed, and starts again after ${ms.toFixed()} ms`);
  server.kill();
  world.startAgain(server, ms);
};

const stopServer: Fault = (world, ms) => {
  const server = anyServer(world);
  if (server === undefined) return;
  world.history.fault(`${server.name} is stopped, and then starts again after ${ms.toFixed()} ms`);
  server.host.run(() => void server.stop().then(() => world.startAgain(server, ms)));
};

const killClient: Fault = (world, ms) => {
  const client = anyClient(world);
  if (client === undefined) return;
  world.history.fault(`${client.name} is killed, and starts again after ${ms.toFixed()} ms`);
  client.kill();
  world.loop.in(ms, () => {
    if (world.clients.get(client.name) === client) world.startClient(client.name);
  });
};

const crash: Fault = (world, ms) => {
  if (world.database.isDown || world.random.chance(0.5)) return;
  const isRestart = world.random.chance(0.5);
  world.history.fault(
    `the database crashes${isRestart ? ', and its server is started again,' : ''} for ${ms.toFixed()} ms`,
  );
  world.database.crash(isRestart);
  world.network.dropAllOf(world.databaseHost);
  world.loop.in(ms, () => (world.database.isDown = false));
};

const slowCommits: Fault = (world, ms) => {
  world.history.fault(`commits take ${ms.toFixed()} ms longer, for as long`);
  world.database.slowMs = ms;
  world.loop.in(ms, () => (world.database.slowMs = 0));
};

const newEpoch: Fault = ({ database, history }) => {
  history.fault('the feed begins another epoch');
  database.beginEpoch();
};

const KINDS: readonly Fault[] = [
  freeze,
  freeze,
  sleep,
  setWallClock,
  holdDatabase,
  holdDatabase,
  holdStream,
  holdStream,
  halfOpen,
  killServer,
  stopServer,
  killClient,
  crash,
  slowCommits,
  newEpoch,
];
