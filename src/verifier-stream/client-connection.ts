import { Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import type { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import { newId } from '../common/new-id.js';
import { loggableError } from '../common/errors/driver-error.js';
import { clientKeyOf } from '../common/http/client-key.js';
import type { FeedEntry } from '../lease/cache-invalidation.js';
import type {
  ClientLink,
  ClientVerifier,
  EndReason,
  View,
} from '../lease/client-verifiers/client-verifier.js';
import type { ClientVerifiers } from '../lease/client-verifiers/client-verifiers.js';
import type { DatabaseClock } from '../lease/database-clock.js';
import type { Verifier } from '../lease/verifier.js';
import type { Verdicts } from '../verification/verdicts.js';
import { BrokenProtocol, type ClientMessage, readClientMessage, type Use } from './client-message.js';
import { CLOSE_CODES, StreamSocket } from './stream-socket.js';
import { CredentialProof, type GrantsDue } from './credential-proof.js';
import { type Ask, type FactAnswers, failed, foundationOf } from './fact-answers.js';

/** Of a term. The package sends half as many. */
const REPORTS_PER_TERM = 16;
/** How many may come at once, after a time in which nothing came through. */
const REPORTS_AT_ONCE_MAX = 64;

/** How many reports of use one connection may make: what is more is not recorded. */
export class ReportAllowance {
  private left = REPORTS_AT_ONCE_MAX;

  constructor(
    private readonly termMs: number,
    private countedAtMs: number,
  ) {}

  /** Whether a report that comes now is taken. */
  takes(nowMs: number): boolean {
    const gained = ((nowMs - this.countedAtMs) / this.termMs) * REPORTS_PER_TERM;
    this.left = Math.min(REPORTS_AT_ONCE_MAX, this.left + gained);
    this.countedAtMs = nowMs;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}

const HELLO_MS_MAX = 5000;
const FRAME_BYTES_MAX = 16 * 1024;
const OUTSTANDING_MAX = 1000;
/** Without a beat for as many terms, and for so long at least, nobody is there. */
const SILENT_TERMS_MAX = 3;
const SILENT_MS_MIN = 3000;

/** What all connections of a process share. */
export interface StreamTools {
  authenticator: Authenticator;
  clients: ClientVerifiers;
  verifier: Verifier;
  verdicts: Verdicts;
  clock: DatabaseClock;
  answers: FactAnswers;
  grants: GrantsDue;
}

/** One client verifier's connection: reads what it says, in order, and speaks for this server. */
export class ClientConnection implements ClientLink {
  readonly id = newId();
  /** On the clock of the database. */
  readonly connectedAt: Date;
  name = '';
  /** How much it said it remembers at most. */
  max = 0;
  child: ClientVerifier | null = null;
  /** What counts as one address. */
  readonly clientKey: string;
  private readonly logger = new Logger('VerifierStream');
  private readonly stream: StreamSocket;
  private readonly stopWaitingForHello: () => void;
  private readonly proof: CredentialProof;
  private readonly outstanding = new Set<number>();
  /** Questions that came before its credential was proven after what named it last; null: it has been. */
  private unproven: Ask[] | null = null;
  private proofs = 0;
  private beats = 0;
  private heardAtMs: number;
  private readonly reports: ReportAllowance;

  /**
   * @param request proven and admitted: by whom, and for which view
   * @param onClosed called once, with the code that it was ended with from this side, or from the other
   */
  constructor(
    socket: WebSocket,
    private readonly tools: StreamTools,
    readonly request: AuthenticatedRequest,
    readonly view: View,
    onClosed: (code: number) => void,
  ) {
    const { own } = tools.clock;
    this.heardAtMs = own.monotonicMs();
    this.connectedAt = new Date(tools.clock.nowMs());
    this.clientKey = clientKeyOf(request.ip);
    this.reports = new ReportAllowance(tools.clients.termMs, this.heardAtMs);
    this.stream = new StreamSocket(socket, own);
    this.proof = new CredentialProof(
      tools.authenticator,
      request,
      () => this.child?.proven(),
      () => this.end('credential_ended', 'The credential of this connection is not good any more.'),
    );
    this.stopWaitingForHello = own.after(HELLO_MS_MAX, () =>
      this.stream.end('too_slow', 'No hello came in time.'),
    );
    this.stream.listen((data, isBinary) => this.hear(data, isBinary));
    socket.on('close', (code) => {
      this.stopWaitingForHello();
      this.closed(code);
      onClosed(this.stream.ended === null ? code : CLOSE_CODES[this.stream.ended]);
    });
  }

  get principal(): Principal {
    return this.request.user;
  }

  evict(seq: number, entries: readonly FeedEntry[]): void {
    const pairs = entries.map(({ kind, subject }) => [kind, subject]);
    this.stream.send(JSON.stringify({ type: 'evict', seq, entries: pairs }));
  }

  reset(seq: number, epoch: string): void {
    this.stream.send(JSON.stringify({ type: 'reset', seq, epoch }));
  }

  proveAgain(): void {
    this.unproven ??= [];
    const number = ++this.proofs;
    this.proof.ask((isGood) => {
      if (number === this.proofs) this.answerUnproven(isGood);
    });
  }

  end(reason: EndReason | 'credential_ended' | 'too_many', message: string): void {
    this.stream.end(reason, message);
  }

  destroy(): void {
    this.stream.destroy();
  }

  /** Ends it when nothing has been heard for so long that nobody can be there. @param stalledMs in which nobody could be heard */
  endIfSilent(nowMs: number, stalledMs: number): void {
    this.heardAtMs += stalledMs;
    const max = Math.max(this.tools.clients.termMs * SILENT_TERMS_MAX, SILENT_MS_MIN);
    if (this.child !== null && nowMs - this.heardAtMs > max) this.end('too_slow', 'No beat came in time.');
  }

  private nowMs(): number {
    return this.tools.clock.own.monotonicMs();
  }

  private hear(data: Buffer, isBinary: boolean): void {
    if (this.stream.ended !== null && !isFarewell(data)) return;
    if (data.length > FRAME_BYTES_MAX) {
      this.stream.end('too_large', `A message is at most ${FRAME_BYTES_MAX} bytes.`);
      return;
    }
    try {
      if (isBinary) throw new BrokenProtocol('Messages are text.');
      this.take(readClientMessage(data.toString()));
    } catch (error) {
      if (error instanceof BrokenProtocol) this.stream.end('protocol_error', error.message);
      else this.giveUp(error);
    }
  }

  /** A fault of ours: the client verifier counts on until its sub-lease has ended, and begins anew. */
  private giveUp(error: unknown): void {
    this.logger.error(loggableError(error), 'The connection of a client verifier failed and was closed.');
    this.destroy();
  }

  private take(message: ClientMessage): void {
    const { child } = this;
    if (child === null) {
      if (message.type !== 'hello') throw new BrokenProtocol('The first message is hello.');
      this.join(message);
      return;
    }
    switch (message.type) {
      case 'hello':
        throw new BrokenProtocol('hello was said before.');
      case 'beat':
        return this.beat(child, message);
      case 'ask':
        return this.ask(child, message);
      case 'used':
        if (this.reports.takes(this.nowMs())) for (const use of message.uses) this.noteUse(use);
        return;
      case 'leave':
        this.tools.clients.leave(child);
        this.stream.end('left', '');
    }
  }

  private join({ name, max }: Extract<ClientMessage, { type: 'hello' }>): void {
    this.stopWaitingForHello();
    const { clients } = this.tools;
    if (clients.isEnding) return this.end('going_away', 'This process is about to end.');
    this.name = name;
    this.max = max;
    this.child = clients.join(this, this.view, foundationOf(this.principal.token));
    this.heardAtMs = this.nowMs();
    const { id } = this;
    const { epoch, seq } = this.child;
    this.stream.send(JSON.stringify({ type: 'welcome', epoch, id, term_ms: clients.termMs, seq }));
    // Nobody has looked at the credential since the connection was asked for.
    this.proveAgain();
  }

  private beat(child: ClientVerifier, { n, acked }: Extract<ClientMessage, { type: 'beat' }>): void {
    if (n !== this.beats + 1) throw new BrokenProtocol('n rises by one from beat to beat.');
    if (acked > child.seq) throw new BrokenProtocol('acked is higher than what was said.');
    if (acked < child.acknowledged) throw new BrokenProtocol('acked is lower than before.');
    this.beats = n;
    this.heardAtMs = this.nowMs();
    this.tools.clients.acknowledge(child, acked);
    // Without a lease there is nothing to grant, whoever asks.
    if (!this.tools.verifier.lease.holds()) return;
    this.tools.grants.add(() => this.proof.demand(() => this.grant(child, n)));
  }

  private grant(child: ClientVerifier, n: number): void {
    const { clients, clock, verifier } = this.tools;
    if (this.stream.ended !== null) return;
    const ms = clients.grant(child, verifier.lease);
    if (ms === null) return;
    const { epoch } = child;
    this.stream.send(JSON.stringify({ type: 'grant', n, epoch, ms, db_now: Math.ceil(clock.nowMs()) }));
  }

  private ask(child: ClientVerifier, ask: Ask): void {
    if (this.outstanding.has(ask.id)) throw new BrokenProtocol('There is an unanswered ask with this id.');
    if (this.outstanding.size >= OUTSTANDING_MAX)
      return this.end('too_many', `At most ${OUTSTANDING_MAX} asks may be unanswered.`);
    this.outstanding.add(ask.id);
    if (this.unproven === null) this.answer(child, ask);
    else this.unproven.push(ask);
  }

  private answer(child: ClientVerifier, ask: Ask): void {
    const answered = this.tools.answers.answer(child, ask, (text) => this.sendAnswer(ask, text));
    answered?.catch((error: unknown) => this.giveUp(error));
  }

  private answerUnproven(isGood: boolean): void {
    const asks = this.unproven ?? [];
    this.unproven = null;
    for (const ask of asks) {
      if (isGood && this.child !== null) this.answer(this.child, ask);
      else this.sendAnswer(ask, failed(ask.id, 'service.unavailable'));
    }
  }

  private sendAnswer({ id }: Ask, text: string): void {
    this.outstanding.delete(id);
    this.stream.send(text);
  }

  private noteUse({ jti, count, scopes, someUnsaid }: Use): void {
    const within = this.view === null ? {} : { within: this.view };
    this.tools.verdicts.noteUse(jti, { from: null, scopes, ...within }, count, someUnsaid);
  }

  /** Its memory is known to be without a lease when it left, or answered our farewell; otherwise it counts on. */
  private closed(code: number): void {
    const { child } = this;
    if (child === null) return;
    const { ended } = this.stream;
    if (ended !== null && code === CLOSE_CODES[ended]) this.tools.clients.leave(child);
    else if (child.connected) this.tools.clients.lose(child);
  }
}

/** What still counts behind our own farewell. */
function isFarewell(data: Buffer): boolean {
  return data.length < FRAME_BYTES_MAX && /^\s*\{\s*"type"\s*:\s*"leave"/.test(data.toString('utf8', 0, 64));
}
