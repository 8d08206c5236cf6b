import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'torture');

interface Report {
  kinds: Record<string, number>;
  violations: object[];
  differences: object[];
  verifications: number;
  byChildren: { verdicts: number; fromMemory: number };
  revocationsUnderFaults: number;
  faults: Record<string, number>;
}
interface Sabotage {
  finds: string[];
}

const { SABOTAGES } = (await import(join(FOLDER, 'sabotages.mjs'))) as {
  SABOTAGES: Record<string, Sabotage>;
};

/** Runs `npm run torture` as it is, and reads its judgement. */
async function torture(...options: string[]): Promise<Report> {
  const child = spawn(process.execPath, [join(FOLDER, 'torture.mjs'), '--json', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(out) as Report;
}

/** Those that a short run finds on any machine; `npm run torture -- --sabotage NAME` tries the others. */
const IN_SHORT = [
  ...['barrier', 'lease', 'refusals', 'receipt', 'role', 'gateway'],
  ...['children-unawaited', 'children-found-done', 'child-lease', 'sub-lease'],
];

/** A short run takes two of them, which ones the commit says; TORTURE_SABOTAGES=all takes all that there are. */
function chosen(): string[] {
  if (process.env.TORTURE_SABOTAGES === 'all') return Object.keys(SABOTAGES);
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: FOLDER, encoding: 'utf8' });
  const first = parseInt(commit.slice(0, 8), 16) % IN_SHORT.length;
  const second = (first + 1 + (parseInt(commit.slice(8, 16), 16) % (IN_SHORT.length - 1))) % IN_SHORT.length;
  return [first, second].map((index) => IN_SHORT[index] as string);
}

/** A busy machine asks too little in one run to meet what a sabotage leaves open for milliseconds. */
const SEEDS = ['7', '8', '9'];

describe('the guarantees, under faults', () => {
  it.each([
    [
      'with little room, several workers and client verifiers',
      'disk,clocks,smallMemory,workers=2,children=3',
    ],
  ])(
    'nothing that was ended is active, acts or is used, %s',
    async (_, profile) => {
      const report = await torture('--seconds', '45', '--seed', '20261121', '--profile', profile);
      const kinds = Object.keys(report.kinds).filter((kind) => /^(active|acted|used)-/.test(kind));
      expect(kinds).toEqual([]);
      expect(report.differences).toEqual([]);
      expect(report.verifications).toBeGreaterThan(200);
      expect(report.revocationsUnderFaults).toBeGreaterThan(5);
      expect(report.byChildren.fromMemory).toBeGreaterThan(1000);
    },
    180_000,
  );

  it.each(chosen().map((name) => [name, SABOTAGES[name] as Sabotage] as const))(
    'with the sabotage "%s" the same program finds violations: each judge can fail',
    async (name, { finds }) => {
      const found = new Set<string>();
      for (const seed of SEEDS) {
        const { kinds } = await torture('--seconds', '55', '--seed', seed, '--sabotage', name);
        for (const kind of Object.keys(kinds)) found.add(kind);
        if (finds.some((kind) => found.has(kind))) return;
      }
      expect([...found]).toEqual(finds);
    },
    400_000,
  );
});
