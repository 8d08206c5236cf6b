import { Command } from 'commander';
import { auditVerifyCommand } from './audit-verify/audit-verify.command.js';

interface ReconcileOptions {
  business?: string;
  export: string[];
  checkpoint: string[];
}

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

/** `audit`. Only `verify` needs no database; the others work beside a running server. */
export function auditCommand(): Command {
  const audit = new Command('audit')
    .description('Verify the audit log, and handle the faults that were found in it.')
    .addCommand(auditVerifyCommand());
  audit
    .command('faults')
    .description(
      'List what was found changed without Rescind and is not cleared yet, and why processes are not ready.',
    )
    .option('--clear <log>', 'clear what is open of a log: the id of its business, or "platform"')
    .action(async ({ clear }: { clear?: string }) => {
      const { clearFaults, listFaults } = await import('./audit-faults.js');
      if (clear === undefined) await listFaults();
      else await clearFaults(clear);
    });
  audit
    .command('reconcile')
    .description(
      'Compare all tokens, members, identities and businesses with what the log says they must be. Names each difference and raises the alarm for it; a token is refused while its fault is open. Exits with 1 if something differs.',
    )
    .option('--business <id>', 'only this business')
    .option('--export <file>', 'an export that was kept; may be repeated', collect, [])
    .option('--checkpoint <file>', 'a checkpoint that was kept; may be repeated', collect, [])
    .action(async ({ business, export: exports, checkpoint: checkpoints }: ReconcileOptions) =>
      (await import('./audit-reconcile.js')).reconcile(business ?? null, { exports, checkpoints }),
    );
  audit
    .command('adopt')
    .description(
      'After a version that refused the tokens of an earlier one was started: accept what was written before that start, and clear the faults that were found since. As the owner of the schema. Says first how much that is, and does it with --yes.',
    )
    .option('--yes', 'do it', false)
    .action(async ({ yes }: { yes: boolean }) => (await import('./audit-adopt.js')).adoptEarlierRows(yes));
  return audit;
}
