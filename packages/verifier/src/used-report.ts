import type { Remembered } from './remembered-verdicts.js';

const TOKENS_MAX = 200;
/** As the protocol has it. */
const USES_PER_TOKEN_MAX = 1_000_000;
/** A message is at most 16 kB; one token with all that it can be asked for takes less. */
const CHARACTERS_MAX = 15_500;
/** Of one token, beside its jti: the count, null, brackets and commas. */
const TOKEN_CHARACTERS = 20;
/** Of a name, beside itself; of a position, with its comma. */
const NAME_CHARACTERS = 3;
const POSITION_CHARACTERS = 5;

/** What the server is told of answers from memory. Without `asked`: nobody said which scopes they took. */
interface UsedFrame {
  type: 'used';
  jtis: string[];
  counts: number[];
  /** The scopes that were asked for, each once. */
  scopes?: string[];
  /** For each token those that it was asked for and had, as positions in `scopes`; null: somebody did not say. */
  asked?: (number | null)[][];
}

/** Takes as much out of `used` as one message holds; null: there is nothing. */
export function takeReport(used: Set<Remembered>): UsedFrame | null {
  const jtis: string[] = [];
  const counts: number[] = [];
  const asked: (number | null)[][] = [];
  const positions = new Map<string, number>();
  let characters = 0;
  for (const remembered of used) {
    const { verdict, uses } = remembered;
    const names = remembered.asked?.names() ?? [];
    characters += verdict.jti.length + TOKEN_CHARACTERS + charactersOf(names, positions);
    if (jtis.length > 0 && characters > CHARACTERS_MAX) break;
    const someUnsaid = remembered.someUnsaid || remembered.asked?.isCut === true;
    asked.push([...(someUnsaid ? [null] : []), ...names.map((name) => positionOf(name, positions))]);
    counts.push(Math.min(uses, USES_PER_TOKEN_MAX));
    Object.assign(remembered, { uses: 0, asked: null, someUnsaid: false });
    used.delete(remembered);
    if (jtis.push(verdict.jti) === TOKENS_MAX) break;
  }
  if (jtis.length === 0) return null;
  const frame = { type: 'used' as const, jtis, counts };
  // As it was before there was anything to say of scopes.
  if (asked.every(([first, ...others]) => first === null && others.length === 0)) return frame;
  return { ...frame, scopes: [...positions.keys()], asked };
}

function charactersOf(names: readonly string[], positions: ReadonlyMap<string, number>): number {
  return names.reduce(
    (sum, name) => sum + POSITION_CHARACTERS + (positions.has(name) ? 0 : name.length + NAME_CHARACTERS),
    0,
  );
}

function positionOf(name: string, positions: Map<string, number>): number {
  const position = positions.get(name) ?? positions.size;
  positions.set(name, position);
  return position;
}
