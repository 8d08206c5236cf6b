import { Command } from 'commander';
import { CannotListen } from '../../../src/cli/cannot-listen.js';
import { report } from './report.js';
import { runWitness } from './run-witness.js';
import { UnusableWitness } from './unusable-witness.js';
import { makeWitnessKey } from './witness-key.js';

/** Put in by the build. */
declare const RESCIND_VERSION: string;

interface Options {
  key: string;
  logs?: string;
  state?: string;
  listen: string;
  makeKey?: string;
}

const HELP = `
Runs at another site than Rescind, with nothing but these files: no database, no setting.
--logs takes a file with a line "log <verifier key>" for each log; GET /api/v1/admin/audit/key shows that of the platform.
The state must never be put back to an earlier one, nor be shared through a copy: a witness that forgets what it has
cosigned finds nothing. Speaks C2SP tlog-witness: POST /add-checkpoint, GET /<hex SHA-256 of the origin>/checkpoint.`;

async function run({ makeKey, ...options }: Options): Promise<void> {
  if (makeKey === undefined) return runWitness(options);
  const { vkey } = await makeWitnessKey(options.key, makeKey);
  process.stdout.write(`${vkey}\n`);
  report(`The key is in ${options.key}: nobody else may read it. Its verifier key is for policies.`);
}

new Command('rescind-witness')
  .description(
    'Cosign checkpoints of logs, at another site: a log that shows two histories is then detected.',
  )
  .version(RESCIND_VERSION)
  .requiredOption('--key <file>', 'the key of this witness')
  .option('--make-key <name>', 'make that key, under this name, print its verifier key, and end')
  .option('--logs <file>', 'the logs that are witnessed, with their keys')
  .option('--state <directory>', 'where is kept what was cosigned')
  .option('--listen <address>', 'address and port', '127.0.0.1:7700')
  .addHelpText('after', HELP)
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    const isForOperator = error instanceof UnusableWitness || error instanceof CannotListen;
    console.error(isForOperator ? `rescind-witness: ${error.message}` : error);
    process.exit(1);
  });
