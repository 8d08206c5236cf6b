import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 2 ** 20;
const MODEL = 'spec/lease.pml';

/** What `spec/lease.pml` is told by the preprocessor. */
export type Settings = Readonly<Record<string, string | number>>;

/** How the states are searched: the shortest schedule first; all of them; or, for eight minutes, what fits into a table of bits. */
export type Search = 'by breadth' | 'exhaustive' | 'bitstate';

export interface Outcome {
  /** Whether R1 held in each state that was reached. */
  holds: boolean;
  states: number;
  transitions: number;
  /** Of the longest schedule that was tried. */
  depth: number;
  seconds: number;
  /** Whether the search was cut short: by its depth, by memory, or because bits of a table were full (bitstate). */
  truncated: boolean;
  /** Of bitstate: bits of the table a state; above 100 nearly all states were reached (Holzmann 1998). */
  hashFactor: number | null;
  /** The steps that lead to a wrong answer; none if there is no such. */
  schedule: string[];
  /** The steps of the model that no schedule contains, by their line. */
  unreached: number[];
}

export function theModel(): Promise<string> {
  return readFile(MODEL, 'utf8');
}

/**
 * Has Spin translate `model`, compiles that, and searches its states.
 * @throws when the model is malformed, or a program is missing (`.ci/install-packages`)
 */
export async function check(model: string, settings: Settings, search: Search): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'rescind-model-'));
  try {
    await writeFile(join(folder, 'lease.pml'), model);
    const breadth = search === 'by breadth' ? { BY_BREADTH: 1 } : {};
    const defines = Object.entries({ ...settings, ...breadth }).map(([name, value]) => `-D${name}=${value}`);
    await run('spin', [...defines, '-a', 'lease.pml'], { cwd: folder });
    await run('gcc', [...COMPILED[search], '-DSAFETY', '-DNOFAIR', '-w', '-o', 'pan', 'pan.c'], {
      cwd: folder,
    });
    const { stdout } = await run('./pan', SEARCHED[search], { cwd: folder, maxBuffer: OUTPUT_BYTES_MAX });
    const holds = /errors: 0$/m.test(stdout);
    return { ...figuresOf(stdout), holds, schedule: holds ? [] : await scheduleIn(folder) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const COMPILED: Record<Search, string[]> = {
  'by breadth': ['-O1', '-DBFS', '-DCOLLAPSE'],
  exhaustive: ['-O2', '-DCOLLAPSE', '-DMEMLIM=9000'],
  bitstate: ['-O2', '-DBITSTATE', '-DMEMLIM=4000'],
};
const SEARCHED: Record<Search, string[]> = {
  'by breadth': [],
  exhaustive: ['-m10000000'],
  bitstate: ['-m1000000', '-w33', '-k3', '-Q8'],
};

function figuresOf(stdout: string): Omit<Outcome, 'holds' | 'schedule'> {
  const figure = (form: RegExp): number => Number(form.exec(stdout)?.[1] ?? NaN);
  const hashFactor = figure(/hash factor: ([\d.]+)/);
  return {
    states: figure(/^\s*([\d.e+]+) states, stored/m),
    transitions: figure(/^\s*([\d.e+]+) transitions/m),
    depth: figure(/depth reached (\d+)/),
    seconds: figure(/elapsed time ([\d.]+)/),
    truncated: /Search not completed|max search depth too small|out of memory/.test(stdout),
    hashFactor: Number.isNaN(hashFactor) ? null : hashFactor,
    unreached: [...stdout.matchAll(/lease\.pml:(\d+), state \d+, "(?!-end-)/g)].map(([, line]) =>
      Number(line),
    ),
  };
}

/** What the model prints in the steps of the schedule that Spin has found, without Spin's own account of it. */
async function scheduleIn(folder: string): Promise<string[]> {
  const { stdout } = await run('./pan', ['-r'], { cwd: folder }).catch((error: { stdout: string }) => error);
  const end = stdout.indexOf('pan:1:');
  return stdout
    .slice(0, end === -1 ? undefined : end)
    .split('\n')
    .filter((line) => line !== '' && !/^\s*\d+:\s/.test(line));
}
