import { Command } from 'commander';

interface Options {
  business?: string;
}

/** `reconcile`, to be added under `audit`. */
export function auditReconcileCommand(): Command {
  return new Command('reconcile')
    .description(
      'Compare all tokens, members, identities and businesses with what the log says they must be. Names each difference and raises the alarm for it; a token is refused while its fault is open. Exits with 1 if something differs.',
    )
    .option('--business <id>', 'only this business')
    .action(async ({ business }: Options) => {
      const { reconcile } = await import('./audit-reconcile.js');
      await reconcile(business ?? null);
    });
}
