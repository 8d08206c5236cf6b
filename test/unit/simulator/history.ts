import type { Loop } from './loop.js';

/** What the world is told of, in the order of true time; and what contradicts R1 in it. */
export class History {
  readonly violations: string[] = [];
  readonly counts = {
    asked: 0,
    active: 0,
    fromClientMemory: 0,
    revoked: 0,
    repeated: 0,
    unconfirmed: 0,
    faults: 0,
  };
  /** Faults and revocations, as lines. */
  readonly schedule: string[] = [];
  /** The event in which a revocation of a token was answered, by jti. */
  private readonly answered = new Map<string, number>();

  constructor(private readonly loop: Loop) {}

  note(text: string): void {
    this.schedule.push(`${this.loop.nowMs.toFixed(3)} ms  ${text}`);
  }

  fault(text: string): void {
    this.counts.faults++;
    this.note(text);
  }

  /** A call that ends these tokens has been answered, by a server, in this event. */
  answer(jtis: readonly string[]): void {
    for (const jti of jtis) if (!this.answered.has(jti)) this.answered.set(jti, this.loop.events);
  }

  hasEnded(jti: string): boolean {
    return this.answered.has(jti);
  }

  /** Events are numbered: what is asked in an event behind that of the answer is asked after it. */
  get event(): number {
    return this.loop.events;
  }

  /** @param askedIn the event in which the question was asked of `whom` */
  active(jti: string, askedIn: number, whom: string, how: string): void {
    this.counts.active++;
    const endedIn = this.answered.get(jti);
    if (endedIn === undefined || endedIn >= askedIn) return;
    const text = `${whom} answered "active" ${how} for ${jti}, whose revocation had been answered`;
    this.note(text);
    this.violations.push(text);
  }

  violation(text: string): void {
    this.note(text);
    this.violations.push(text);
  }
}
