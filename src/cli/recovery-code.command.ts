import { Command } from 'commander';

/** `recovery-code`. Works beside a running server. */
export function recoveryCodeCommand(): Command {
  return new Command('recovery-code')
    .description(
      'Make the recovery code of a business and print it: one owner can sign in with it once. An earlier one ends.',
    )
    .requiredOption('--business <id or slug>', 'whose code')
    .action(async ({ business }: { business: string }) => {
      const { printRecoveryCode } = await import('./recovery-code.js');
      await printRecoveryCode(business);
    });
}
