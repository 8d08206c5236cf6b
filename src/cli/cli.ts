import { Command } from 'commander';
import { auditFaultsCommand } from './audit-faults.command.js';
import { auditReconcileCommand } from './audit-reconcile.command.js';
import { auditVerifyCommand } from './audit-verify/audit-verify.command.js';
import { bootstrapCommand } from './bootstrap.command.js';
import { revokeCommand } from './incident/revoke.command.js';
import { tokensCommand } from './incident/tokens.command.js';
import { migrateCommand } from './migrate.command.js';
import { recoveryCodeCommand } from './recovery-code.command.js';
import { scannerRulesCommand } from './scanner-rules.command.js';
import { serveCommand } from './serve.command.js';
import { witnessCommand } from './witness/witness.command.js';
import { rescindVersion } from '../common/version.js';

/** The command line. An error that the operator can fix is printed as one sentence; any other with its stack. */
export async function run(argv: string[]): Promise<void> {
  const program = new Command('rescind')
    .description('Self-hosted API-token authority: revoked means refused, everywhere, at once, and provably.')
    .version(rescindVersion())
    .addCommand(serveCommand(), { isDefault: false })
    .addCommand(migrateCommand())
    .addCommand(bootstrapCommand())
    .addCommand(recoveryCodeCommand())
    .addCommand(tokensCommand())
    .addCommand(revokeCommand())
    .addCommand(witnessCommand())
    .addCommand(scannerRulesCommand())
    .addCommand(
      new Command('audit')
        .description('Verify the audit log, and handle the faults that were found in it.')
        .addCommand(auditVerifyCommand())
        .addCommand(auditFaultsCommand())
        .addCommand(auditReconcileCommand()),
    );
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') process.exit(130);
    const { isOperatorError } = await import('./operator-error.js');
    console.error(isOperatorError(error) ? `rescind: ${error.message}` : error);
    process.exit(1);
  }
}
