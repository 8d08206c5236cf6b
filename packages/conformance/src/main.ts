import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Outcome } from './outcome.js';
import { runVectors } from './run-vectors.js';
import { runSockets, type SocketOptions } from './sockets/run-sockets.js';
import type { Vectors } from './vectors.js';

const USAGE = `Usage: rescind-conformance [options] -- TESTEE [ARGUMENT…]

Drives the client verifier of a testee through the vectors of the protocol rescind.verifier.v1.

  --sockets       against a hostile server on real sockets, instead of the vectors
  --slack N       multiplies the bounds on time of --sockets
  --only TEXT     only scenarios whose name contains this, or that hold this rule: --only '[L1]'
  --bail          ends at the first that fails
  --trace         shows each line that is written and read, on standard error
  --vectors FILE  another file of vectors
  --help

Exit code: 0 all passed, 1 one failed, 2 nothing could be run. docs/conformance.md says what a testee reads and writes.`;

const VECTORS = join(import.meta.dirname, 'verifier-vectors.json');
const VERSION_OF_VECTORS = 2;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sockets: { type: 'boolean', default: false },
      slack: { type: 'string', default: '1' },
      only: { type: 'string' },
      bail: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      vectors: { type: 'string', default: VECTORS },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [program, ...args] = positionals;
  if (program === undefined) throw new Error(USAGE);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const slack = Number(values.slack);
  if (!(slack > 0)) throw new Error('--slack: a number above 0');
  const options: SocketOptions = {
    slack,
    command: [program, ...args],
    bail: values.bail,
    trace: (line) => {
      if (values.trace) console.error(line);
    },
    tell: (outcome) => {
      counts[outcome.result]++;
      tell(outcome);
    },
    ...(values.only === undefined ? {} : { only: values.only }),
  };
  const vectors = vectorsOf(values.vectors);
  const { testee } = await (values.sockets ? runSockets : runVectors)(vectors, options);
  const { passed, failed, skipped } = counts;
  if (passed + failed === 0) throw new Error('No scenario was run.');
  console.log(`${testee}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 ? 0 : 1;
}

function tell({ name, rules, result, why }: Outcome): void {
  if (result === 'passed') return;
  console.log(`${result}: ${name}${rules.map((rule) => ` [${rule}]`).join('')}`);
  if (why !== undefined) console.log(`    ${why}`);
}

function vectorsOf(file: string): Vectors {
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
  if (vectors.version !== VERSION_OF_VECTORS)
    throw new Error(`${file}: version ${vectors.version}, but this program knows ${VERSION_OF_VECTORS}`);
  return vectors;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
