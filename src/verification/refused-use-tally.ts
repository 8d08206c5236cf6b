import { Tally } from '../changes/collected-events.js';

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
