import { Injectable } from '@nestjs/common';
import type { AuditDraft } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { Turns } from '../admission/turns.js';
import { CollectedEvents, Tally } from '../changes/collected-events.js';
import { PeriodicService } from '../common/periodic-task.js';
import { DatabaseClock } from '../lease/database-clock.js';
import type { TokenFacts } from './token-facts.js';

/** What a token was presented for. */
export type TokenUse = 'call' | 'verify' | 'introspect' | 'gateway' | 'client_verifier' | 'renewal';

/** Refused uses that are counted together. */
export interface RefusedUseLine {
  /** The business of the token; null: the platform's. */
  businessId: string | null;
  /** null: of several tokens. */
  tokenId: string | null;
  failure: string;
  use: TokenUse | null;
  /** null: not known, or several. */
  ip: string | null;
  count: number;
  /** Milliseconds of database time. */
  firstMs: number;
  lastMs: number;
}

interface Line extends RefusedUseLine {
  writtenMs: number;
}

/** How long uses of the same kind are counted before they are written again. */
export const PERIOD_MS = 600_000;
/** Groups that are counted separately in one log within a period; the rest is counted by business and reason. */
const LINES_A_LOG_MAX = 100;
/** The same for all logs; the rest is counted in the platform's log. */
const LINES_MAX = 10_000;

/**
 * Counts refused uses of tokens, grouped by token, reason, purpose and address. The first of a group is written soon,
 * the others once a period. The counts stay complete even if there are too many groups.
 */
export class RefusedUseTally extends Tally<Line> {
  constructor() {
    super(keyOf, (line, lines, ofLog) => {
      if (line.tokenId !== null && (ofLog >= LINES_A_LOG_MAX || lines >= LINES_MAX))
        return { ...line, tokenId: null, use: null, ip: null };
      return line.businessId !== null && lines >= 2 * LINES_MAX ? { ...line, businessId: null } : null;
    });
  }

  add(use: Omit<RefusedUseLine, 'count' | 'firstMs' | 'lastMs'>, nowMs: number): void {
    this.count({ ...use, count: 1, firstMs: nowMs, lastMs: nowMs, writtenMs: -Infinity });
  }

  /** Removes and returns what has to be written now. @param all also groups whose period has not ended */
  take(nowMs: number, all = false): RefusedUseLine[] {
    const due: RefusedUseLine[] = [];
    for (const line of this.lines.values()) {
      const isOver = nowMs - line.writtenMs >= PERIOD_MS;
      if (line.count === 0) {
        if (isOver) this.remove(line);
        continue;
      }
      if (!all && !isOver) continue;
      due.push(toldOf(line));
      line.count = 0;
      line.writtenMs = nowMs;
    }
    return due;
  }

  override putBack(lines: readonly RefusedUseLine[]): void {
    for (const told of lines) {
      const line = { ...told, writtenMs: -Infinity };
      this.count(line);
      const kept = this.find(line);
      if (kept !== undefined) kept.writtenMs = -Infinity;
    }
  }

  protected override addTo(known: Line, line: Line): void {
    known.firstMs = known.count === 0 ? line.firstMs : Math.min(known.firstMs, line.firstMs);
    known.lastMs = Math.max(known.lastMs, line.lastMs);
    super.addTo(known, line);
  }
}

function toldOf({ businessId, tokenId, failure, use, ip, count, firstMs, lastMs }: Line): RefusedUseLine {
  return { businessId, tokenId, failure, use, ip, count, firstMs, lastMs };
}

function keyOf({ businessId, tokenId, failure, use, ip }: RefusedUseLine): string {
  return `${businessId ?? ''} ${tokenId ?? ''} ${failure} ${use ?? ''} ${ip ?? ''}`;
}

const FLUSH_MS = 1000;

/** Who presented a token, and for which purpose. */
interface RefusedPresentation {
  from: string | null;
  use?: TokenUse;
}

/**
 * Records refused uses of a token in its own business: somebody presented the right secret, but the token is revoked,
 * expired or used up, its business is suspended, or the address or the scope does not match. Collected in memory and
 * written after the answer: within a second for the first, once a period for others of the same kind. A process that is
 * killed loses what it has not written yet.
 */
@Injectable()
export class RefusedUses extends PeriodicService {
  private readonly tally = new RefusedUseTally();
  private readonly events: CollectedEvents<RefusedUseLine>;

  constructor(
    changes: Changes,
    turns: Turns,
    private readonly clock: DatabaseClock,
  ) {
    super(FLUSH_MS);
    this.events = new CollectedEvents(
      changes,
      turns,
      'use-records',
      refusedUseEvent,
      'Refused uses of tokens',
    );
  }

  override round(): Promise<void> {
    return this.write();
  }

  /** @param failure the reason, as named by a verdict or a refusal */
  note({ id, business }: TokenFacts, failure: string, { from, use }: RefusedPresentation): void {
    const line = { businessId: business?.id ?? null, tokenId: id, failure, use: use ?? null, ip: from };
    this.tally.add(line, this.clock.nowMs());
  }

  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    await this.write(true);
  }

  /** @param all also those whose period has not ended */
  private write(all = false): Promise<void> {
    return this.events.writeAll(this.tally.take(this.clock.nowMs(), all), this.tally);
  }
}

function refusedUseEvent(line: RefusedUseLine): AuditDraft<'token.use_refused'> {
  const { businessId, tokenId, failure, use, ip, count, firstMs, lastMs } = line;
  return {
    businessId,
    // The secret of a refused token proves no identity, so the actor has no token.
    actor: { kind: 'anonymous', id: null, email: null, token_id: null },
    action: 'token.use_refused',
    target: { kind: 'token', id: tokenId },
    outcome: 'denied',
    request: { requestId: null, ip, userAgent: null },
    details: {
      failure,
      use,
      count,
      first_at: new Date(firstMs).toISOString(),
      last_at: new Date(lastMs).toISOString(),
    },
  };
}
