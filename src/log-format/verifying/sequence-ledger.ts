import { LISTED_MAX } from './verification-report.js';

/**
 * `ahead`: those between are absent so far. `late`: it had been absent, so it stands too late. `repeated`: it
 * was there before.
 */
type Arrival = 'next' | 'ahead' | 'late' | 'repeated';

/** Which sequences have come, which are absent and which are intact; memory stays bounded. */
export class SequenceLedger {
  #expected = 1;
  readonly #absent: [number, number][] = [];
  readonly #intact: [number, number][] = [];
  #intactCount = 0;

  /** The sequence that should come next. */
  get expected(): number {
    return this.#expected;
  }

  /** Ranges that never came; at most the first {@link LISTED_MAX}, in the order noticed. */
  get absent(): readonly (readonly [number, number])[] {
    return this.#absent;
  }

  get intactCount(): number {
    return this.#intactCount;
  }

  /** Records the arrival of the sequences from..to. */
  arrive(from: number, to: number): Arrival {
    if (from < this.#expected) return this.#fillAbsent(from, to) ? 'late' : 'repeated';
    const arrival = from === this.#expected ? 'next' : 'ahead';
    if (arrival === 'ahead' && this.#absent.length < LISTED_MAX)
      this.#absent.push([this.#expected, from - 1]);
    this.#expected = to + 1;
    return arrival;
  }

  markIntact(sequence: number): void {
    this.#intactCount += 1;
    const last = this.#intact.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else if (this.#intact.length < LISTED_MAX) this.#intact.push([sequence, sequence]);
  }

  /** The intact ranges up to and including `through`. */
  intactThrough(through: number): [number, number][] {
    return this.#intact
      .filter(([from]) => from <= through)
      .map(([from, to]) => [from, Math.min(to, through)]);
  }

  #fillAbsent(from: number, to: number): boolean {
    const at = this.#absent.findIndex((range) => range[0] <= from && to <= range[1]);
    if (at < 0) return false;
    const [first, last] = this.#absent[at]!;
    const left: [number, number][] = [];
    if (first < from) left.push([first, from - 1]);
    if (to < last) left.push([to + 1, last]);
    this.#absent.splice(at, 1, ...left);
    return true;
  }
}
