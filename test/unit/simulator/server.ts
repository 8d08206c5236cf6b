import type { AuthenticatedRequest } from '../../../src/auth/authenticated-request.js';
import type { Authenticator } from '../../../src/auth/authenticator.js';
import { principalOf, type Principal } from '../../../src/auth/principal.js';
import { DomainError, refusal } from '../../../src/common/errors/domain-error.js';
import { ReachedDatabase } from '../../../src/database/reached-database.js';
import type { FeedKind } from '../../../src/lease/cache-invalidation.js';
import { momentOf } from '../../../src/lease/clock.js';
import type { DatabaseIdentity } from '../../../src/lease/database-identity.js';
import type { Feed, Registry } from '../../../src/lease/ports.js';
import { Protocol } from '../../../src/lease/protocol.js';
import type { DataSource } from 'typeorm';
import { SecretHasher } from '../../../src/secrets/secret-hasher.js';
import { ChosenSecrets } from '../../../src/verification/chosen-secrets.js';
import type { LastUsed } from '../../../src/verification/last-used.js';
import type { RefusedUses } from '../../../src/verification/refused-uses.js';
import type { TokenFacts } from '../../../src/verification/token-facts.js';
import type { TokenUsage } from '../../../src/verification/usage/token-usage.js';
import { VerdictCounter } from '../../../src/verification/verdict-counter.js';
import type { Verdict } from '../../../src/verification/verdict.js';
import { Verdicts } from '../../../src/verification/verdicts.js';
import type { FoundToken, VerdictsRepository } from '../../../src/verification/verdicts.repository.js';
import { Housekeeping } from '../../../src/verifiers/housekeeping.js';
import type { PostgresRegistry } from '../../../src/verifiers/registry.js';
import { ClientConnection, type StreamTools } from '../../../src/verifier-stream/client-connection.js';
import { FactAnswers } from '../../../src/verifier-stream/fact-answers.js';
import { GrantsDue } from '../../../src/verifier-stream/credential-proof.js';
import type { Database, TokenRow } from './database.js';
import { DatabaseSession, FeedSessionOfModel } from './database-session.js';
import { Host } from './host.js';
import type { End } from './network.js';
import { type Frame, ServerSocket } from './server-socket.js';
import type { World } from './world.js';

const PEPPER = { id: 'pepper', key: Buffer.alloc(32, 7) };
const HASHER = new SecretHasher({ pepper: PEPPER, retiredPeppers: [] });
const SCOPES = ['things:read'];
const CREDENTIAL_SCOPES = ['rescind:tokens:verify'];
const SILENCE_LOOK_MS = 1000;
const SWEEP_MS = 2000;
const LOOK_UP_MS_MAX = 1000;
const CHANGE_MS_MAX = 15_000;
const MARGIN_MS = 5000;
/** Looked up, and remembered. */
const REMEMBERED_MAX = 1000;
/** What is counted or written for people, and decides nothing. */
const NOBODY = { note: () => undefined, noteAsked: () => undefined, flush: () => Promise.resolve() };

/** One process of Rescind: the shipped code, on a simulated machine. */
export class Server {
  readonly host: Host;
  readonly protocol: Protocol;
  readonly verdicts: Verdicts;
  readonly connections = new Set<ClientConnection>();
  private readonly reached = new ReachedDatabase();
  private readonly tools: StreamTools;
  private readonly idle: DatabaseSession[] = [];
  private registrySession: DatabaseSession | null = null;
  private readonly housekeeping: Housekeeping;
  private lookedAtMs = 0;

  constructor(
    private readonly world: World,
    readonly name: string,
    rate: number,
    leaseMs: number,
  ) {
    this.host = new Host(name, world.loop, rate);
    const terms = { leaseMs, barrierMarginMs: MARGIN_MS };
    const registry = this.registry(Math.max(leaseMs, 1000));
    this.protocol = new Protocol({
      clock: this.host,
      registry,
      feed: this.feed(Math.max(2 * leaseMs, 1000)),
      reached: this.reached,
      log: { lost: () => undefined, error: () => undefined, rateDiffers: () => undefined },
      terms,
      unconfirmed: (cause) => refusal('revocation.unconfirmed', { cause, retryAfterSeconds: 1 }),
    });
    const { verifier, clients, databaseClock: clock } = this.protocol;
    // The feed is never pruned here; a new epoch stands for that.
    const nothingToPrune = { query: () => Promise.resolve([{ pruned: 0 }]) } as unknown as DataSource;
    this.housekeeping = new Housekeeping(nothingToPrune, registry as PostgresRegistry, verifier, clock);
    const repository = this.repository();
    this.verdicts = new Verdicts(
      HASHER,
      repository,
      verifier,
      clock,
      NOBODY as unknown as LastUsed,
      new ChosenSecrets(repository),
      NOBODY as unknown as RefusedUses,
      NOBODY as unknown as TokenUsage,
      {
        memoryEnabled: true,
        activeVerdictsMax: REMEMBERED_MAX,
        negativeVerdictsMax: REMEMBERED_MAX,
        lastUsedFlushMs: 5000,
      },
    );
    const usage = NOBODY as unknown as TokenUsage;
    const answers = new FactAnswers(clients, this.verdicts, new VerdictCounter(), usage);
    const authenticator = {
      authenticateAgain: (request: AuthenticatedRequest) => this.authenticate(request),
    } as unknown as Authenticator;
    const grants = new GrantsDue(this.host);
    this.tools = { authenticator, clients, verifier, verdicts: this.verdicts, clock, answers, grants };
  }

  start(): void {
    this.lookedAtMs = this.host.monotonicMs();
    this.protocol.verifier.start();
    this.host.every(SILENCE_LOOK_MS, () => this.endSilent());
    this.host.every(SWEEP_MS, () => void this.housekeeping.round().catch(() => undefined));
  }

  /** As a signal makes it end: VerifierStreams first, then the lease. */
  async stop(): Promise<void> {
    for (const connection of this.connections) connection.end('going_away', '');
    await this.protocol.clients.end();
    for (const connection of this.connections) connection.destroy();
    await this.protocol.verifier.end();
    this.kill();
  }

  kill(): void {
    this.host.alive = false;
    this.world.network.dropAllOf(this.host);
  }

  verify(secret: string): Verdict | Promise<Verdict> {
    return this.verdicts.verify(secret, { from: null, scopes: null, asker: { kind: 'verdict', key: 'any' } });
  }

  /** As `Changes` does: a transaction, then the wait; who finds it done waits for whoever did it. */
  async revoke(kind: FeedKind, subject: string, businessId: string | null, openMs: number): Promise<void> {
    const { xid, changed } = await this.ask((database) => database.end(kind, subject, openMs), CHANGE_MS_MAX);
    const { barrier } = this.protocol;
    await (changed ? barrier.wait(xid) : barrier.waitForAllOf(businessId, xid));
  }

  /** Takes a connection over which somebody asks for a stream. */
  accept(end: End): void {
    const socket = new ServerSocket(end);
    end.onMessage = (frame) => {
      if ((frame as Frame).type === 'upgrade')
        void this.upgrade(end, socket, (frame as { secret: string }).secret);
    };
  }

  private async upgrade(end: End, socket: ServerSocket, secret: string): Promise<void> {
    const refuse = (status: number): void => {
      end.send({ type: 'refused', status } satisfies Frame);
      end.drop();
    };
    try {
      const token = await this.prove(secret, false);
      if (this.protocol.clients.isEnding) return refuse(503);
      const view = this.world.viewOf(secret);
      const request = {
        ip: '192.0.2.1',
        headers: { authorization: secret },
        user: principalOf(token),
        businessId: view ?? undefined,
      } as unknown as AuthenticatedRequest;
      end.send({ type: 'opened' } satisfies Frame);
      socket.listen();
      const connection = new ClientConnection(socket.asWebSocket, this.tools, request, view, () =>
        this.connections.delete(connection),
      );
      this.connections.add(connection);
    } catch (error) {
      refuse(error instanceof DomainError && error.code === 'authentication.invalid' ? 401 : 503);
    }
  }

  private authenticate(request: AuthenticatedRequest): Principal | Promise<Principal> {
    const token = this.prove(request.headers.authorization as string, true);
    return token instanceof Promise ? token.then(principalOf) : principalOf(token);
  }

  /** As `Authenticator`, without its counts of failures. */
  private prove(secret: string, isRepeated: boolean): TokenFacts | Promise<TokenFacts> {
    const verdict = this.verdicts.verify(secret, { from: '192.0.2.1', use: 'call', scopes: [], isRepeated });
    const proven = (late: Verdict): TokenFacts => {
      if (!late.active) throw refusal('authentication.invalid');
      return late.token;
    };
    const cannotTell = (): never => {
      throw refusal('service.unavailable', { retryAfterSeconds: 1 });
    };
    return verdict instanceof Promise ? verdict.catch(cannotTell).then(proven) : proven(verdict);
  }

  /** As VerifierStreams. */
  private endSilent(): void {
    const nowMs = this.host.monotonicMs();
    const stalledMs = Math.max(0, nowMs - this.lookedAtMs - 2 * SILENCE_LOOK_MS);
    this.lookedAtMs = nowMs;
    for (const connection of this.connections) connection.endIfSilent(nowMs, stalledMs);
  }

  private feed(timeoutMs: number): Feed {
    return {
      hasOwnAddress: false,
      open: (listener) => FeedSessionOfModel.open(this.session(timeoutMs), listener),
      isSilence: (error) => error instanceof Error && error.message === 'Query read timeout',
      dropSilentSessions: () => this.idle.splice(0).forEach((session) => session.drop()),
    };
  }

  private registry(timeoutMs: number): Registry {
    return {
      locate: () => this.locate(),
      read: (...given) =>
        this.onRegistry((session) => session.ask((database) => database.read(...given), timeoutMs)),
      unconfirmed: () =>
        this.onRegistry((session) => session.ask((database) => database.unconfirmed(), timeoutMs)),
      expel: (row) => this.onRegistry((session) => session.ask((database) => database.expel(row), timeoutMs)),
    };
  }

  private async locate(): Promise<DatabaseIdentity> {
    this.registrySession?.drop();
    this.registrySession = null;
    return this.onRegistry((session) => session.identify());
  }

  private async onRegistry<Answer>(ask: (session: DatabaseSession) => Promise<Answer>): Promise<Answer> {
    const session = (this.registrySession ??= this.session(1000));
    try {
      return await ask(session);
    } catch (error) {
      session.drop();
      if (this.registrySession === session) this.registrySession = null;
      throw error;
    }
  }

  /** On any session of the pool. */
  private async ask<Answer>(
    statement: (database: Database) => Answer,
    timeoutMs: number,
  ): Promise<Awaited<Answer>> {
    const session = this.idle.pop() ?? this.session(timeoutMs);
    try {
      const answer = await session.ask(statement, timeoutMs);
      this.idle.push(session);
      return answer;
    } catch (error) {
      session.drop();
      throw error;
    }
  }

  private session(timeoutMs: number): DatabaseSession {
    const { network, databaseHost, database } = this.world;
    return new DatabaseSession(network, this.host, databaseHost, database, timeoutMs);
  }

  private repository(): VerdictsRepository {
    const find = async (publicId: string): Promise<FoundToken | null> => {
      const sentAt = momentOf(this.host);
      const found = await this.ask(
        (database) => [database.find(publicId), factsIn(database, publicId)] as const,
        LOOK_UP_MS_MAX,
      );
      const [row, state] = found;
      if (row === undefined) return null;
      this.protocol.databaseClock.set(state.nowMs, sentAt);
      return { facts: factsOf(row, state), onReplicatedPrimary: false };
    };
    return { findByPublicId: find } as unknown as VerdictsRepository;
  }
}

interface State {
  nowMs: number;
  suspended: boolean;
  present: boolean;
}

function factsIn(database: Database, jti: string): State {
  const { businessId = null, ownerId = null } = database.tokens.get(jti) ?? {};
  return {
    nowMs: database.nowMs,
    suspended: businessId !== null && database.suspended.has(businessId),
    present: ownerId === null || !database.gone.has(ownerId),
  };
}

function factsOf({ jti, secret, businessId, ownerId, revoked }: TokenRow, state: State): TokenFacts {
  const ofNobody = { email: null, issuedTo: null, stale: false, name: ownerId ?? 'platform' };
  return {
    id: jti,
    jti,
    digest: HASHER.digest(secret, PEPPER.id) as string,
    pepperId: PEPPER.id,
    name: null,
    labels: null,
    scopes: businessId === null ? CREDENTIAL_SCOPES : SCOPES,
    trustedIps: null,
    business: businessId === null ? null : { id: businessId, suspended: state.suspended, stale: false },
    owner:
      ownerId === null
        ? { ...ofNobody, kind: 'platform', id: null, role: null, present: true }
        : { ...ofNobody, kind: 'user', id: ownerId, role: 'developer', present: state.present },
    createdAtMs: 0,
    session: null,
    endsAtMs: Infinity,
    revoked,
    usesLimited: false,
    notedAtMs: 0,
  };
}
