/** The model with one fault in it that nobody chose. */
interface Mutant {
  /** The line before and after, as the list of survivors names it. */
  name: string;
  model: string;
}

/** What a state consists of: an assignment to anything else is undone at the end of its step. */
const STATE =
  'open|committed|answered|burnt|visible|unflushed|row|applied|rowOf|appliedOf|unchanged|grace|up|registered|sameRun|primary|lease|' +
  'memory|position|asked|answer|earned|home|subLease|facts|evictions|grant|later|reset|waited|held|owed|emptied';

/** Each a way to break a line: an assignment dropped, a guard flipped or loosened. */
const FAULTS: [form: RegExp, instead: (found: string) => string][] = [
  [new RegExp(`(?<![\\w.])(?:${STATE})(?:[\\[(][^;=]*?[\\])])? = [^;=][^;]*;`, 'g'), () => 'skip;'],
  [/ > 0(?= (?:&&|->|:))/g, () => ' == 0'],
  [/ == 0(?= (?:&&|->|\|\|))/g, () => ' > 0'],
  [/!(?=(?:asked|registered|reset|emptied|unflushed|up|ofThisRun|rowOf)\b)/g, () => ''],
  [/ && (?:durable|rowOf|ofThisRun)\(s\)/g, () => ''],
];

/** All that the protocol does: not the invariant before it, not the beginning after it, and none of the deliberate mistakes. */
function protocolLines(lines: string[]): [number, number] {
  const from = lines.findIndex((line) => line.startsWith('/* What server s may confirm'));
  const to = lines.findIndex((line) => line.startsWith('init {'));
  if (from === -1 || to === -1) throw new Error('spec/lease.pml has other parts than mutants.ts knows');
  return [from, to];
}

/** `count` faults, spread evenly over all that there are; another `offset` (0 to 1) chooses others. */
export function mutantsOf(model: string, count: number, offset: number): Mutant[] {
  const lines = model.split('\n');
  const [from, to] = protocolLines(lines);
  const all = lines.slice(from, to).flatMap((line, index) => {
    if (/^\s*(?:#|\/\*)|MISTAKE/.test(line)) return [];
    return FAULTS.flatMap(([form, instead]) =>
      [...line.matchAll(form)].map((found) => {
        const changed =
          line.slice(0, found.index) + instead(found[0]) + line.slice(found.index + found[0].length);
        return {
          name: `${line.trim()} => ${changed.trim()}`,
          model: lines.with(from + index, changed).join('\n'),
        };
      }),
    );
  });
  return Array.from(
    { length: count },
    (_, each) => all[Math.floor(((each + offset) * all.length) / count)] as Mutant,
  );
}
