import type { Gap } from '../export-format.js';
import { Frontier } from '../transparency/frontier.js';
import { subtreesOf } from '../transparency/subtrees.js';
import type { KeptCheckpoints } from './kept-checkpoints.js';

/** The tree that the lines of an export make, as long as they follow each other without a hole. */
export class ExportTree {
  readonly #frontier = new Frontier();
  readonly #kept: KeptCheckpoints;
  #isWhole = true;

  constructor(kept: KeptCheckpoints) {
    this.#kept = kept;
  }

  /** A sequence is absent or out of order: from here on there is no root to compare. */
  break(): void {
    this.#isWhole = false;
  }

  /** @param intact events found intact so far, this one included */
  append(leaf: Uint8Array, intact: number): void {
    this.#append(0, leaf, intact);
  }

  appendGap({ from, to, subtrees }: Gap, intact: number): void {
    for (const [i, { level }] of subtreesOf(from - 1, to).entries())
      this.#append(level, subtrees[i]!, intact);
  }

  /** Null if the tree has a hole. */
  root(): Buffer | null {
    return this.#isWhole ? this.#frontier.root() : null;
  }

  #append(level: number, hash: Uint8Array, intact: number): void {
    if (!this.#isWhole) return;
    this.#frontier.appendSubtree(level, hash);
    this.#kept.pass(this.#frontier.size, () => this.#frontier.root(), intact);
  }
}
