import { LARGE, MISTAKES, SMALL, type Configuration } from './configurations.js';
import { check, theModel, type Outcome } from './spin.js';

const CONFIGURATIONS = process.env['MODEL'] === 'large' ? [...SMALL, ...LARGE] : SMALL;
/** The longest of the large ones. */
const LIMIT_MS = 20 * 60_000;

/** To where the night's run shows it as well. */
function print(lines: string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`);
}

function figures({ states, transitions, depth, seconds, hashFactor }: Outcome): string {
  const factor = hashFactor === null ? '' : `, hash factor ${hashFactor}`;
  return `${states} states, ${transitions} transitions, depth ${depth}, ${seconds} s${factor}`;
}

describe('once a revocation has been answered, no server and no child answers "active" (R1):', () => {
  test.each(CONFIGURATIONS)(
    '$name',
    async ({ name, settings, search }: Configuration) => {
      const outcome = await check(await theModel(), settings, search);
      print([`${name}: ${figures(outcome)}`, ...outcome.schedule]);
      expect(outcome).toMatchObject({ holds: true, schedule: [] });
      if (search !== 'bitstate') expect(outcome).toMatchObject({ truncated: false, unreached: [] });
      expect(outcome.states).toBeGreaterThan(1000);
    },
    LIMIT_MS,
  );
});

describe('a mistake in the protocol is found:', () => {
  test.each(MISTAKES)('$mistake', async ({ mistake, settings }) => {
    const outcome = await check(await theModel(), { ...settings, MISTAKE: mistake }, 'by breadth');
    print([`${mistake}: ${figures(outcome)}`, ...outcome.schedule.map((step) => `  ${step}`)]);
    expect(outcome.holds).toBe(false);
    expect(outcome.schedule.at(-1)).toMatch(/answers ACTIVE/);
  });
});
