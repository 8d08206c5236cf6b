import { Command } from 'commander';

interface Options {
  clear?: string;
}

/** `faults`, to be added under `audit`. */
export function auditFaultsCommand(): Command {
  return new Command('faults')
    .description(
      'List what was found changed without Rescind and is not cleared yet, and why processes are not ready. Works beside a running server.',
    )
    .option('--clear <log>', 'clear what is open of a log: the id of its business, or "platform"')
    .action(async ({ clear }: Options) => {
      const { clearFaults, listFaults } = await import('./audit-faults.js');
      if (clear === undefined) await listFaults();
      else await clearFaults(clear);
    });
}
