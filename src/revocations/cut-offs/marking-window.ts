import type { MarkingRow } from './cut-offs.repository.js';

/**
 * Tokens that are looked at together: some ten times as many as are marked in one transaction. They are next to each other
 * in the table, and a page of it has room for a few new versions of its rows at a time: the old ones make room once their
 * transaction is over. So each transaction marks some of every page of the window, not all of a few.
 */
export const TOKENS_A_WINDOW = 2000;

export interface Walked {
  /** Those that have to be marked, in the order of the walk. */
  ids: readonly string[];
  /** How many were looked at. */
  count: number;
  /** The last that was looked at; null: there is none. */
  last: { id: string; createdAt: Date } | null;
}

/** What the marking of a cut-off has to do from one stored position to the next. */
export class MarkingWindow {
  private readonly parts: string[][];
  private done = 0;

  constructor(
    private readonly from: MarkingRow,
    private readonly log: string,
    private readonly walked: Walked,
    tokensAPart: number,
  ) {
    this.parts = spread(walked.ids, tokensAPart);
  }

  /** Whether it begins where the marking of that log stands. */
  beginsAt({ log: marked, createdAt, tokenId }: MarkingRow, log: string): boolean {
    const { from } = this;
    return (
      this.log === log &&
      from.log === marked &&
      from.createdAt?.getTime() === createdAt?.getTime() &&
      from.tokenId === tokenId
    );
  }

  /** The tokens of the transaction that is due; none, when nothing in the window is to be marked. */
  get due(): readonly string[] {
    return this.parts[this.done] ?? [];
  }

  /** Whether the due ones are its last. */
  get isLastPart(): boolean {
    return this.done >= this.parts.length - 1;
  }

  /** Where the marking stands after it; null: at the end of the log. */
  get end(): Walked['last'] {
    return this.walked.count < TOKENS_A_WINDOW ? null : this.walked.last;
  }

  /** To be called when the due ones are marked and committed. */
  moveOn(): void {
    this.done += 1;
  }
}

/** The same ids in parts of at most `count`, each of them spread over the whole list. */
export function spread(ids: readonly string[], count: number): string[][] {
  const parts = Array.from({ length: Math.ceil(ids.length / count) }, (): string[] => []);
  ids.forEach((id, index) => parts[index % parts.length]?.push(id));
  return parts;
}
