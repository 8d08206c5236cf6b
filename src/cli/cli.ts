import { Command } from 'commander';
import { auditVerifyCommand } from './audit-verify/audit-verify.command.js';
import { bootstrapCommand } from './bootstrap.command.js';
import { migrateCommand } from './migrate.command.js';
import { serveCommand } from './serve.command.js';
import { rescindVersion } from './version.js';

/** The command line. What the operator can mend is said in one sentence; anything else keeps its stack. */
export async function run(argv: string[]): Promise<void> {
  const program = new Command('rescind')
    .description('Self-hosted API-token authority: revoked means refused, everywhere, at once, and provably.')
    .version(rescindVersion())
    .addCommand(serveCommand(), { isDefault: false })
    .addCommand(migrateCommand())
    .addCommand(bootstrapCommand())
    .addCommand(
      new Command('audit')
        .description('Work with exports of the audit log.')
        .addCommand(auditVerifyCommand()),
    );
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') process.exit(130);
    const { isOperatorsMatter } = await import('./operators-matter.js');
    console.error(isOperatorsMatter(error) ? `rescind: ${error.message}` : error);
    process.exit(1);
  }
}
