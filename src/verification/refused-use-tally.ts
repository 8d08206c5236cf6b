/** What a token was presented for. */
export type TokenUse = 'call' | 'verify' | 'introspect' | 'gateway' | 'client_verifier' | 'renewal';

/** Uses of tokens that were refused alike. */
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

/** How long uses like one that was written are counted before they are written as well. */
export const PERIOD_MS = 600_000;
/** Told apart in one log within a period; what is more is counted by business and reason. */
const LINES_A_LOG_MAX = 100;
/** Of all logs; what is more is counted in the platform's. */
const LINES_MAX = 10_000;

/**
 * Counts refused uses of tokens, alike by token, reason, purpose and address: the first is to be written soon, those like it
 * once a period. Nothing is lost of the count when there is too much to tell apart.
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

  /**
   * What is to be written at this time, and is not told again. @param all also what could still be counted on
   */
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

  /** What could not be written: it is told again. */
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
