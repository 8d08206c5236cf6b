import { MISTAKES } from './configurations.js';
import { HARMLESS } from './harmless-mutants.js';
import { mutantsOf } from './mutants.js';
import { check, theModel, type Settings } from './spin.js';

const COUNT = 20;
const LIMIT_MS = 40 * 60_000;
const describeAtNight = process.env['MODEL'] === 'large' ? describe : describe.skip;

const BASE = { SERVERS: 2, CHILDREN: 1, REVOCATIONS: 1 };
/** Each until one of them shows the fault. */
const CONFIGURATIONS: Settings[] = [
  { ...BASE },
  { ...BASE, CRASHES: 1 },
  { ...BASE, KILLS: 1 },
  { ...BASE, RESTORES: 1 },
  { ...BASE, PROMOTIONS: 1 },
  { ...BASE, CHILDREN: 2, RELAY: 1 },
  { ...BASE, CHILDREN: 0, REVOCATIONS: 2 },
  { ...BASE, SERVERS: 1, REVOCATIONS: 2 },
];

/**
 * What shows that this is another protocol: a wrong answer; a step that is never taken any more; or that a deliberate mistake is
 * not found in it, so that it can do less; null: nothing does.
 */
async function foundBy(model: string): Promise<string | null> {
  for (const settings of CONFIGURATIONS) {
    const { holds, unreached, schedule } = await check(model, settings, 'by breadth');
    if (!holds) return `${schedule.at(-1)?.trim()}, after ${schedule.length - 1} steps`;
    if (unreached.length > 0) return `never reaches line ${unreached.join(', ')}`;
  }
  for (const { mistake, settings } of MISTAKES) {
    const { holds } = await check(model, { ...settings, MISTAKE: mistake }, 'by breadth');
    if (holds) return `hides the mistake ${mistake}`;
  }
  return null;
}

describeAtNight('a fault that a program puts into the model', () => {
  test(
    'is found, or is known to make no wrong answer possible',
    async () => {
      const survivors: string[] = [];
      for (const { name, model } of mutantsOf(
        await theModel(),
        COUNT,
        Number(process.env['MUTANTS'] ?? 0.5),
      )) {
        const found = await foundBy(model);
        process.stderr.write(
          `${name}\n    ${found ?? `survives: ${HARMLESS[name] ?? 'nobody knows why'}`}\n`,
        );
        if (found === null) survivors.push(name);
      }
      expect(survivors.filter((name) => !(name in HARMLESS))).toEqual([]);
    },
    LIMIT_MS,
  );
});
