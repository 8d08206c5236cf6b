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
