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
  key: string;
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
export class RefusedUseTally {
  private readonly lines = new Map<string, Line>();
  private readonly ofLog = new Map<string | null, number>();

  add(
    {
      businessId,
      tokenId,
      failure,
      use,
      ip,
    }: Pick<RefusedUseLine, 'businessId' | 'tokenId' | 'failure' | 'use' | 'ip'>,
    nowMs: number,
  ): void {
    this.count({ businessId, tokenId, failure, use, ip, count: 1, firstMs: nowMs, lastMs: nowMs });
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

  /** Takes back what could not be written, for the next time. */
  putBack(lines: readonly RefusedUseLine[]): void {
    for (const line of lines) {
      this.count(line);
      const kept = this.lines.get(keyOf(line));
      if (kept !== undefined) kept.writtenMs = -Infinity;
    }
  }

  private count(told: RefusedUseLine): void {
    const key = keyOf(told);
    const line = this.lines.get(key);
    if (line !== undefined) {
      if (line.count === 0) line.firstMs = told.firstMs;
      line.firstMs = Math.min(line.firstMs, told.firstMs);
      line.lastMs = Math.max(line.lastMs, told.lastMs);
      line.count += told.count;
      return;
    }
    const { businessId, tokenId } = told;
    if (tokenId !== null && ((this.ofLog.get(businessId) ?? 0) >= LINES_A_LOG_MAX || this.isFull))
      return this.count({ ...told, tokenId: null, use: null, ip: null });
    if (businessId !== null && this.lines.size >= 2 * LINES_MAX)
      return this.count({ ...told, businessId: null });
    this.lines.set(key, { ...told, key, writtenMs: -Infinity });
    this.ofLog.set(businessId, (this.ofLog.get(businessId) ?? 0) + 1);
  }

  private get isFull(): boolean {
    return this.lines.size >= LINES_MAX;
  }

  private remove({ key, businessId }: Line): void {
    this.lines.delete(key);
    const left = (this.ofLog.get(businessId) ?? 1) - 1;
    if (left === 0) this.ofLog.delete(businessId);
    else this.ofLog.set(businessId, left);
  }
}

function toldOf({ businessId, tokenId, failure, use, ip, count, firstMs, lastMs }: Line): RefusedUseLine {
  return { businessId, tokenId, failure, use, ip, count, firstMs, lastMs };
}

function keyOf({ businessId, tokenId, failure, use, ip }: RefusedUseLine): string {
  return `${businessId ?? ''} ${tokenId ?? ''} ${failure} ${use ?? ''} ${ip ?? ''}`;
}
