import type { IncomingMessage } from 'node:http';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type WebSocket, WebSocketServer } from 'ws';
import { Turns } from '../admission/turns.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { Authenticator } from '../auth/authenticator.js';
import { rateLimited, refusal } from '../common/errors/domain-error.js';
import { clientKeyOf } from '../common/http/client-key.js';
import { takeUpgrade } from '../common/http/limited-server.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { ClientVerifiers } from '../lease/client-verifiers/client-verifiers.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { monotonicMs } from '../verifiers/monotonic.js';
import { Verifier } from '../lease/verifier.js';
import { Verdicts } from '../verification/verdicts.js';
import { ClientConnection, type StreamTools } from './client-connection.js';
import { FactAnswers } from './fact-answers.js';
import { GrantsDue } from './credential-proof.js';

/** The protocol of this version, as WebSockets name it. */
const SUBPROTOCOL = 'rescind.verifier.v1';

/** RFC 6455 §4.1: 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Refuses what is no opening handshake of RFC 6455 §4.1 for our subprotocol, before the connection leaves HTTP.
 * @throws DomainError `request.upgrade_required`, or `request.invalid` when it is a broken one
 */
function demandHandshake({ headers }: IncomingMessage): void {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (
    headers.upgrade === undefined ||
    headers['sec-websocket-version'] !== '13' ||
    !offered.includes(SUBPROTOCOL)
  )
    throw refusal('request.upgrade_required');
  // The WebSocket layer would refuse a list that names one twice, in words of its own.
  const isBroken =
    new Set(offered).size < offered.length || offered.some((name) => !/^[\w.!#$%&'*+^`|~-]+$/.test(name));
  if (isBroken || !KEY.test(headers['sec-websocket-key'] ?? '')) throw refusal('request.invalid');
}

/** What the WebSocket layer reads before it gives up; the protocol's own bound is lower, and said with a farewell. */
const PAYLOAD_BYTES_MAX = 64 * 1024;
const SILENCE_LOOK_MS = 1000;
const RETRY_SECONDS = 5;

/** The connections of client verifiers to this process, and how many there may be. */
@Injectable()
export class VerifierStreams implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly open = new Set<ClientConnection>();
  /** Connections that have ended, by close code. */
  readonly closed = new Map<string, number>();
  private readonly tools: StreamTools;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: PAYLOAD_BYTES_MAX,
    handleProtocols: () => SUBPROTOCOL,
  });
  private readonly looks = new PeriodicTask(
    () => {
      this.endSilent();
      return Promise.resolve();
    },
    SILENCE_LOOK_MS,
    {
      logger: new Logger('VerifierStream'),
      message: 'Silent client verifiers could not be looked for; it will be retried.',
    },
  );
  private lookedAtMs = monotonicMs();

  constructor(
    authenticator: Authenticator,
    clients: ClientVerifiers,
    verifier: Verifier,
    verdicts: Verdicts,
    clock: DatabaseClock,
    answers: FactAnswers,
    private readonly turns: Turns,
  ) {
    this.tools = {
      authenticator,
      clients,
      verifier,
      verdicts,
      clock,
      answers,
      grants: new GrantsDue(clock.own),
    };
  }

  onApplicationBootstrap(): void {
    this.lookedAtMs = monotonicMs();
    this.looks.start();
  }

  /** The server does not close while connections are open. */
  async beforeApplicationShutdown(): Promise<void> {
    const stopped = this.looks.stop();
    for (const connection of this.open) connection.end('going_away', 'This process is about to end.');
    await this.tools.clients.end();
    for (const connection of this.open) connection.destroy();
    await stopped;
  }

  /**
   * Makes a stream of a request whose caller and view have been proven.
   * @throws DomainError when it asks for none, or there are too many
   */
  accept(request: AuthenticatedRequest): void {
    // Of a page in a browser no origin is checked here, and none keeps what it is told.
    if (request.user.token.session !== null) throw refusal('authentication.required');
    demandHandshake(request.raw);
    this.demandRoom(request);
    if (this.tools.clients.isEnding) throw refusal('service.unavailable', { retryAfterSeconds: 1 });
    const upgrade = takeUpgrade(request.raw);
    if (upgrade === null) throw refusal('request.upgrade_required');
    const view = request.businessId ?? null;
    this.sockets.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket: WebSocket) => {
      const connection = new ClientConnection(socket, this.tools, request, view, (code) => {
        this.open.delete(connection);
        this.closed.set(String(code), (this.closed.get(String(code)) ?? 0) + 1);
      });
      this.open.add(connection);
    });
  }

  /** A business gets no more than a quarter, all together three of them: those of the platform find room. */
  private demandRoom({ ip, businessId }: AuthenticatedRequest): void {
    const all = [...this.open];
    const address = clientKeyOf(ip);
    const ofAddress = all.filter(({ clientKey }) => clientKey === address).length;
    const ofBusinesses = all.filter(({ view }) => view !== null).length;
    const ofBusiness = all.filter(({ view }) => view !== null && view === businessId).length;
    const isTooMany =
      this.turns.areTaken('verifiers', all.length) ||
      this.turns.areTaken('verifiers-of-address', ofAddress) ||
      (businessId !== undefined &&
        (this.turns.areTaken('verifiers-of-business', ofBusiness) ||
          this.turns.areTaken('verifiers-of-businesses', ofBusinesses)));
    if (isTooMany) throw rateLimited(RETRY_SECONDS);
  }

  private endSilent(): void {
    const nowMs = monotonicMs();
    // In a stall of this process it has heard nobody, whatever they said.
    const stalledMs = Math.max(0, nowMs - this.lookedAtMs - 2 * SILENCE_LOOK_MS);
    this.lookedAtMs = nowMs;
    for (const connection of this.open) connection.endIfSilent(nowMs, stalledMs);
  }
}
