/** Of each token so many addresses are kept, and so many user agents: those seen last. */
export const VALUES_MAX = 16;

/** About what an entry takes beside its characters. */
const ENTRY_CHARACTERS = 32;

/** The values of one kind seen last, at most VALUES_MAX, with when that was. Most tokens have one, which costs no map. */
export class LatestValues {
  /** Those before the last, the oldest first. */
  private others: Map<string, number> | null = null;

  constructor(
    private last: string,
    private lastMs: number,
  ) {}

  static costOf(value: string): number {
    return value.length + ENTRY_CHARACTERS;
  }

  /**
   * @param room characters that may be added; without room only what is known is noted
   * @returns characters added, or less than 0 when fewer are held than before
   */
  note(value: string, ms: number, room: number): number {
    if (value === this.last) {
      this.lastMs = ms;
      return 0;
    }
    const isKnown = this.others?.has(value) === true;
    if (!isKnown && LatestValues.costOf(value) > room) return 0;
    this.others ??= new Map();
    this.others.delete(value);
    this.others.set(this.last, this.lastMs);
    this.last = value;
    this.lastMs = ms;
    return isKnown ? 0 : LatestValues.costOf(value) - this.dropOldest(this.others);
  }

  entries(): (readonly [value: string, ms: number])[] {
    return [...(this.others ?? []), [this.last, this.lastMs]];
  }

  private dropOldest(others: Map<string, number>): number {
    if (others.size < VALUES_MAX) return 0;
    const oldest = others.keys().next().value as string;
    others.delete(oldest);
    return LatestValues.costOf(oldest);
  }
}
