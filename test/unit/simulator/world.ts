import type { FeedKind } from '../../../src/lease/cache-invalidation.js';
import { Client } from './client.js';
import { Database, type TokenRow } from './database.js';
import { Faults } from './faults.js';
import { History } from './history.js';
import { Host } from './host.js';
import { Loop } from './loop.js';
import { Network } from './network.js';
import { Random } from './random.js';
import { Server } from './server.js';

/** Of two clocks at most 1.19, where the margin is 1.2. */
const RATE_MIN = 0.9167;
const RATE_MAX = RATE_MIN * 1.19;
const BUSINESSES = ['b0', 'b1'];
const OWNERS_PER_BUSINESS = 3;
/** So many good tokens there are at any time. */
const TOKENS = 12;
/** Of what has just ended so many are asked for most. */
const RECENT = 4;
const ASK_EVERY_MS = 8;
const REVOKE_EVERY_MS = 60;
/** How long a program takes to learn of a new credential. */
const NEW_CREDENTIAL_MS = 400;
/** All faults have ended, and what they left behind. */
const CALM_MS = 12_000;

export interface Outcome {
  seed: number;
  violations: string[];
  schedule: string[];
  simulatedMs: number;
  events: number;
  counts: History['counts'];
}

/** Servers, client verifiers and a database, all from one seed, and everything that befalls them. */
export class World {
  readonly loop = new Loop();
  readonly random: Random;
  readonly network: Network;
  readonly history = new History(this.loop);
  readonly databaseHost = new Host('database', this.loop, 1);
  readonly database: Database;
  readonly serverNames: string[];
  readonly servers = new Map<string, Server>();
  readonly clients = new Map<string, Client>();
  readonly leaseMs: number;
  /** Nothing new befalls anybody any more. */
  isCalm = false;
  private readonly rates = new Map<string, number>();
  private readonly wallErrors = new Map<string, number>();
  private readonly views = new Map<string, string | null>();
  private tokens = 0;
  private good: TokenRow[] = [];
  private ended: TokenRow[] = [];

  constructor(
    readonly seed: number,
    private readonly recent = RECENT,
  ) {
    this.random = new Random(seed);
    this.network = new Network(this.loop, this.random);
    this.leaseMs = this.random.of([200, 400, 1000]);
    const lost = this.random.of([0, 0.3, 1]);
    this.database = new Database(this.databaseHost, this.random, lost);
    this.serverNames = ['s0', 's1', 's2'].slice(0, this.random.of([1, 2, 2, 3]));
    const clients = this.random.of([1, 2, 3]);
    this.note(
      `lease ${this.leaseMs} ms, ${this.serverNames.length} servers, ${clients} clients, ${lost} of wake-ups lost`,
    );
    for (let index = 0; index < TOKENS; index++) this.issue();
    for (const name of this.serverNames) this.startServer(name);
    for (let index = 0; index < clients; index++) this.startClient(`c${index}`);
  }

  /** @param ms of faults and revocations, before a calm in which all must become well; without a calm nobody asks whether it has */
  async run(ms: number, calmMs = CALM_MS): Promise<Outcome> {
    new Faults(this).begin();
    this.again(ASK_EVERY_MS, () => this.ask());
    this.again(REVOKE_EVERY_MS, () => this.revokeOne());
    await this.loop.run(ms);
    this.isCalm = true;
    await this.loop.run(ms + calmMs);
    if (calmMs > 0) this.demandCalm();
    const { violations, schedule, counts } = this.history;
    const { events, nowMs: simulatedMs } = this.loop;
    return { seed: this.seed, violations, schedule, simulatedMs, events, counts };
  }

  viewOf(credential: string): string | null {
    return this.views.get(credential) ?? null;
  }

  serverAt(name: string): Server | null {
    const server = this.servers.get(name);
    return server?.host.alive === true ? server : null;
  }

  startServer(name: string): void {
    const server = new Server(this, name, this.rateOf(name), this.leaseMs);
    server.host.wallErrorMs = this.wallErrorOf(name);
    this.servers.set(name, server);
    server.host.run(() => server.start());
  }

  /** Once, `ms` later, however often and by whatever it has ended. */
  startAgain(server: Server, ms: number): void {
    this.loop.in(ms, () => {
      if (this.servers.get(server.name) === server) this.startServer(server.name);
    });
  }

  startClient(name: string): void {
    const client = new Client(this, name, this.rateOf(name), this.issueCredential(name));
    client.host.wallErrorMs = this.wallErrorOf(name);
    this.clients.set(name, client);
  }

  private note(text: string): void {
    this.history.note(text);
  }

  /** A machine keeps its clocks when its process starts again. */
  private rateOf(name: string): number {
    let rate = this.rates.get(name);
    if (rate === undefined) {
      rate = this.random.of([1, RATE_MIN, RATE_MAX, this.random.between(RATE_MIN, RATE_MAX)]);
      this.rates.set(name, rate);
      this.note(`the clock of ${name} runs at ${rate.toFixed(4)}`);
    }
    return rate;
  }

  private wallErrorOf(name: string): number {
    let error = this.wallErrors.get(name);
    if (error === undefined) {
      error = this.random.of([0, this.random.between(-1e6, 1e6), 3e9, -3e9]);
      this.wallErrors.set(name, error);
    }
    return error;
  }

  private again(meanMs: number, act: () => void): void {
    this.loop.in(this.random.after(meanMs), () => {
      this.again(meanMs, act);
      act();
    });
  }

  private newToken(businessId: string | null, ownerId: string | null): TokenRow {
    const jti = String(++this.tokens).padStart(16, '0');
    const token = { jti, secret: jti + 'a'.repeat(48), businessId, ownerId, revoked: false };
    this.database.tokens.set(jti, token);
    return token;
  }

  private issue(): void {
    const businesses = BUSINESSES.filter((id) => !this.database.suspended.has(id));
    const businessId = this.random.of(businesses);
    const owners = Array.from({ length: OWNERS_PER_BUSINESS }, (_, index) => `${businessId} owner ${index}`);
    const present = owners.filter((id) => !this.database.gone.has(id));
    const ownerId = present.length === 0 ? `${businessId} owner ${this.tokens}` : this.random.of(present);
    this.good.push(this.newToken(businessId, ownerId));
  }

  private issueCredential(name: string): string {
    const { secret } = this.newToken(null, null);
    this.views.set(secret, name === 'c1' ? 'b0' : null);
    return secret;
  }

  private aliveServers(): Server[] {
    return [...this.servers.values()].filter(({ host }) => host.alive);
  }

  private aliveClients(): Client[] {
    return [...this.clients.values()].filter(({ host }) => host.alive);
  }

  /** Somebody presents a token, to a server or to a client verifier; what has just ended more often than others. */
  private ask(): void {
    const recent = this.ended.slice(-this.recent);
    const token = this.random.of(this.random.chance(0.4) && recent.length > 0 ? recent : this.good);
    const whom = this.random.of([...this.aliveServers(), ...this.aliveClients(), ...this.aliveClients()]);
    if (whom instanceof Server) whom.host.run(() => this.askServer(whom, token));
    else whom?.host.run(() => this.askClient(whom, token));
  }

  private askServer(server: Server, { jti, secret }: TokenRow): void {
    const { event } = this.history;
    this.history.counts.asked++;
    try {
      const verdict = server.verify(secret);
      if (!(verdict instanceof Promise)) {
        if (verdict.active) this.history.active(jti, event, server.name, 'from memory');
        return;
      }
      verdict.then(
        ({ active }) => {
          if (active) this.history.active(jti, event, server.name, 'after a look-up');
        },
        () => undefined,
      );
    } catch {
      // Not decided.
    }
  }

  private askClient(client: Client, { jti, secret }: TokenRow): void {
    const { event, counts } = this.history;
    const { credential } = client;
    counts.asked++;
    const verdict = client.verifier.verify(secret);
    if (verdict instanceof Promise) {
      void verdict.then(({ active }) => {
        if (active) this.history.active(jti, event, client.name, 'after asking');
      });
    } else if (verdict.active) {
      counts.fromClientMemory++;
      this.history.active(jti, event, client.name, 'from memory');
      this.history.active(credential.slice(0, 16), event, client.name, 'from memory, under its credential');
    }
  }

  /** Somebody ends something; one in four what has ended already, or is just ending. */
  private revokeOne(): void {
    const server = this.random.of(this.aliveServers());
    if (server === undefined) return;
    const [kind, subject, businessId, jtis] = this.pick();
    const openMs = this.random.chance(0.25) ? this.random.between(0, 150) : 0;
    this.good = this.good.filter((token) => !jtis.includes(token.jti));
    for (const jti of jtis) {
      const token = this.database.tokens.get(jti) as TokenRow;
      if (token.businessId !== null && !this.ended.includes(token)) this.ended.push(token);
    }
    while (this.good.length < TOKENS) this.issue();
    const number = ++this.history.counts.revoked;
    this.note(`revocation ${number} of ${kind} ${subject} by ${server.name}`);
    server.host.run(() => {
      server.revoke(kind, subject, businessId, openMs).then(
        () => {
          this.note(`revocation ${number} is answered`);
          this.history.answer(jtis);
        },
        () => this.history.counts.unconfirmed++,
      );
    });
  }

  private pick(): [kind: FeedKind, subject: string, businessId: string | null, jtis: string[]] {
    const { random } = this;
    const clients = this.aliveClients().filter((client) => client.credential === client.nextCredential);
    if (clients.length > 0 && random.chance(0.03)) {
      const client = random.of(clients);
      const jti = client.credential.slice(0, 16);
      this.loop.in(NEW_CREDENTIAL_MS, () => (client.nextCredential = this.issueCredential(client.name)));
      return ['token', jti, null, [jti]];
    }
    if (this.ended.length > 0 && random.chance(0.25)) {
      this.history.counts.repeated++;
      const { jti, businessId } = random.of(this.ended.slice(-3));
      return ['token', jti, businessId, [jti]];
    }
    const token = random.of(this.good);
    const { jti, ownerId, businessId } = token;
    const of = (isTheirs: (other: TokenRow) => boolean): string[] =>
      this.good.filter(isTheirs).map((each) => each.jti);
    if (random.chance(0.1))
      return ['owner', ownerId as string, businessId, of((other) => other.ownerId === ownerId)];
    if (businessId === 'b1' && random.chance(0.02))
      return ['business', businessId, businessId, of((other) => other.businessId === businessId)];
    return ['token', jti, businessId, [jti]];
  }

  /** Where nothing is wrong any more, all answer from memory again. Otherwise nothing was shown of leases. */
  private demandCalm(): void {
    for (const { name, protocol } of this.aliveServers())
      if (!protocol.verifier.lease.holds())
        this.history.violation(`${name} has no lease, and nothing is wrong`);
    for (const { name, verifier, isRefused } of this.aliveClients())
      if (!verifier.isReady && !isRefused)
        this.history.violation(`${name} has no lease, and nothing is wrong`);
  }
}
