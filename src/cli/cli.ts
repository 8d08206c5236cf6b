import { Command } from 'commander';
import { ConfigError } from '../config/environment.js';
import { GeneratedSecretError } from '../config/generated-secrets.js';
import { EmbeddedPostgresError } from '../database/embedded/embedded-postgres.error.js';
import { auditVerifyCommand } from './audit-verify/audit-verify.command.js';
import { bootstrapCommand } from './bootstrap.command.js';
import { DatabaseUnreachable } from './database-preparation.js';
import { CannotListen } from './listen.js';
import { migrateCommand } from './migrate.command.js';
import { serveCommand } from './serve.command.js';

/** The command line. What the operator can mend is said in one sentence; anything else keeps its stack. */
export async function run(argv: string[]): Promise<void> {
  const program = new Command('rescind')
    .description('Self-hosted API-token authority: revoked means refused, everywhere, at once, and provably.')
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
    console.error(isOperatorsMatter(error) ? `rescind: ${error.message}` : error);
    process.exit(1);
  }
}

function isOperatorsMatter(error: unknown): error is Error {
  return [ConfigError, EmbeddedPostgresError, GeneratedSecretError, DatabaseUnreachable, CannotListen].some(
    (kind) => error instanceof kind,
  );
}
