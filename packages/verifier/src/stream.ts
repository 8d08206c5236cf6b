import type { Lease } from './lease.js';
import type { Platform } from './platform.js';
import type { Eviction, Remembered, RememberedVerdicts } from './remembered-verdicts.js';
import { Session, TICKS_PER_TERM, type Wire } from './session.js';
import { headersOf, type Credential, type Target } from './target.js';

export interface StreamSettings {
  readonly targets: readonly Target[];
  readonly credential: Credential;
  readonly businessId: string | undefined;
  readonly name: string;
  readonly max: number;
}

interface StreamEvents {
  granted(): void;
  /** `TICKS_PER_TERM` times a term while there is a connection. */
  ticked(): void;
  evicted(entries: readonly Eviction[]): void;
  ended(reason: 'disconnected' | 'credential_refused'): void;
}

/** One connection, from its opening until nothing from it may be trusted any more. */
interface Link {
  readonly wire: Wire;
  session: Session | null;
  end(code: number, status: number | null): void;
  readonly closed: Promise<void>;
}

interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
}

const BACK_OFF: BackOff = { firstMs: 100, maxMs: 5000 };
/** For a credential that is refused: each try counts as a failed authentication. */
const BACK_OFF_REFUSED: BackOff = { firstMs: 5000, maxMs: 60_000 };
/** From the first byte on. */
const WELCOME_WITHIN_MS = 10_000;
const LEAVE_WITHIN_MS = 1000;
const LEAVE = JSON.stringify({ type: 'leave' });
const CLOSE_LEFT = 1000;
/** The close code for connections that were never made or were given up: any code that is not a refusal. */
const CLOSE_OTHER = 4000;
const CLOSE_CREDENTIAL_ENDED = 4401;

/**
 * Keeps a connection to one of the servers open. Memory and lease end at the same moment as the connection, and the next
 * connection begins with both empty.
 */
export class Stream {
  private link: Link | null = null;
  private stopWaiting: () => void = () => undefined;
  private attempts = 0;
  private failures = 0;
  private closed = false;
  private refused = false;

  constructor(
    private readonly platform: Platform,
    private readonly memory: RememberedVerdicts,
    private readonly lease: Lease,
    private readonly settings: StreamSettings,
    private readonly events: StreamEvents,
  ) {}

  /** The session that can answer questions now; null: none. */
  get session(): Session | null {
    const session = this.link?.session ?? null;
    return session?.isResponsive === true ? session : null;
  }

  /** As `Session.noteUse`. Also while the server is silent: it is told when it is heard again. */
  noteUse(remembered: Remembered, scopes: readonly string[] | undefined): void {
    this.link?.session?.noteUse(remembered, scopes);
  }

  /** Whether the credential was refused, and none has been accepted since. */
  get credentialIsRefused(): boolean {
    return this.refused;
  }

  /** The server of the present or attempted connection. */
  get target(): Target {
    const { targets } = this.settings;
    return targets[Math.max(0, this.attempts - 1) % targets.length] as Target;
  }

  open(): void {
    void this.connect();
  }

  /** Ends the lease, tells the server, and waits for its close, at most a second. */
  async close(): Promise<void> {
    this.closed = true;
    this.stopWaiting();
    const { link } = this;
    if (link === null) return;
    const wasOpen = link.session !== null;
    link.end(CLOSE_LEFT, null);
    if (wasOpen) {
      link.wire.send(LEAVE);
      await Promise.race([link.closed, this.delay(LEAVE_WITHIN_MS)]);
    }
    link.wire.close(CLOSE_LEFT);
  }

  private async connect(): Promise<void> {
    try {
      const secret = await this.settings.credential();
      if (this.closed) return;
      this.attempts++;
      this.link = this.dial(secret);
    } catch {
      // A failure to get the secret, or a secret that is invalid in a header, must not end the program.
      this.link = null;
      this.retry(CLOSE_OTHER, null);
    }
  }

  private dial(secret: string): Link {
    let isOver = false;
    let stopTimer: () => void = () => undefined;
    let whenClosed!: () => void;
    const closed = new Promise<void>((resolve) => (whenClosed = resolve));
    const end = (code: number, status: number | null): void => {
      if (isOver) return;
      isOver = true;
      stopTimer();
      link.session?.end();
      this.link = null;
      this.lease.end();
      this.memory.forgetEverything();
      this.retry(code, status);
    };
    const drop = (code: number): void => {
      end(code, null);
      wire.close(code);
    };
    const { streamUrl } = this.target;
    const wire = this.platform.dial(streamUrl, headersOf(secret, this.settings.businessId), {
      opened: () => {
        if (isOver) return;
        link.session = new Session({ ...wire, close: drop }, this.memory, this.lease, this.platform.clock, {
          welcomed: (termMs) => {
            stopTimer();
            this.refused = false;
            stopTimer = this.platform.every(termMs / TICKS_PER_TERM, () => {
              link.session?.tick();
              this.events.ticked();
            });
          },
          granted: () => {
            this.failures = 0;
            this.events.granted();
          },
          evicted: (entries) => this.events.evicted(entries),
          dismissed: (code) => {
            end(code === 'credential_ended' ? CLOSE_CREDENTIAL_ENDED : CLOSE_OTHER, null);
            wire.send(LEAVE);
            wire.close(CLOSE_LEFT);
          },
          soon: (task) => this.platform.soon(task),
        });
        link.session.hello(this.settings.name, this.settings.max);
      },
      received: (text) => link.session?.receive(text),
      heard: () => link.session?.heard(),
      closed: (code, status) => {
        whenClosed();
        end(code, status);
      },
    });
    const link: Link = { wire, session: null, end, closed };
    stopTimer = this.platform.after(WELCOME_WITHIN_MS, () => drop(CLOSE_OTHER));
    return link;
  }

  private retry(code: number, status: number | null): void {
    if (this.closed) return;
    const isRefusal = code === CLOSE_CREDENTIAL_ENDED || status === 401 || status === 403;
    if (isRefusal && !this.refused) this.failures = 0;
    this.refused ||= isRefusal;
    const { firstMs, maxMs } = this.refused ? BACK_OFF_REFUSED : BACK_OFF;
    const ms = Math.min(maxMs, firstMs * 2 ** Math.min(this.failures++, 16));
    this.stopWaiting = this.platform.after(ms * (0.5 + this.platform.random() / 2), () => this.open());
    this.events.ended(this.refused ? 'credential_refused' : 'disconnected');
  }

  private delay(ms: number): Promise<void> {
    return new Promise((resolve) => void this.platform.after(ms, resolve));
  }
}
