import { Command } from 'commander';
import { report } from '../report.js';

interface Options {
  key: string;
  logs?: string;
  state?: string;
  listen: string;
  makeKey?: string;
}

const HELP = `
Runs at another site than Rescind, with nothing but these files: no database, no other setting.
--logs takes a file with a line "log <verifier key>" for each log; GET /api/v1/admin/audit/key shows that of the platform.
The state must never be put back to an earlier one, nor be shared through a copy: a witness that forgets what it has
cosigned finds nothing. Speaks C2SP tlog-witness: POST /add-checkpoint, GET /<hex SHA-256 of the origin>/checkpoint.`;

/** `witness`: cosigns checkpoints. Opens no connection to anything. */
export function witnessCommand(): Command {
  return new Command('witness')
    .description(
      'Cosign checkpoints of logs, at another site: a log that shows two histories is then detected.',
    )
    .requiredOption('--key <file>', 'the key of this witness')
    .option('--make-key <name>', 'make that key, under this name, print its verifier key, and end')
    .option('--logs <file>', 'the logs that are witnessed, with their keys')
    .option('--state <directory>', 'where is kept what was cosigned')
    .option('--listen <address>', 'address and port', '127.0.0.1:7700')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const { makeWitnessKey } = await import('./witness-key.js');
      if (options.makeKey !== undefined) {
        const { vkey } = await makeWitnessKey(options.key, options.makeKey);
        process.stdout.write(`${vkey}\n`);
        report(`The key is in ${options.key}: nobody else may read it. Its verifier key is for policies.`);
        return;
      }
      const { runWitness } = await import('./run-witness.js');
      await runWitness(options);
    });
}
