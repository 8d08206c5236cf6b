import { Command } from 'commander';
import { auditCommand } from './audit.command.js';
import { revokeCommand } from './incident/revoke.command.js';
import { tokensCommand } from './incident/tokens.command.js';
import { scannerRulesCommand } from './scanner-rules.command.js';
import { serveCommand } from './serve.command.js';
import { report } from './report.js';
import { rescindVersion } from '../common/version.js';

/** The command line. An error that the operator can fix is printed as one sentence; any other with its stack. */
export async function run(argv: string[]): Promise<void> {
  const program = new Command('rescind')
    .description('Self-hosted API-token authority: revoked means refused, everywhere, at once, and provably.')
    .version(rescindVersion())
    .addCommand(serveCommand(), { isDefault: false })
    .addCommand(tokensCommand())
    .addCommand(revokeCommand())
    .addCommand(scannerRulesCommand())
    .addCommand(auditCommand());
  addDatabaseCommands(program);
  program
    .command('witness', { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(() =>
      program.error('rescind: the witness is a program of its own: npx rescind-witness, with these options.'),
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

/** Those with little to say, for somebody who has the settings. `bootstrap` and `recovery-code` work beside a running server. */
function addDatabaseCommands(program: Command): void {
  program
    .command('migrate')
    .description(
      'Bring the database schema up to date, as its owner. `serve` does so by itself; this is for deploys that want it apart.',
    )
    .action(async () => {
      const database = await (await import('./database-preparation.js')).prepareSchemaAlone();
      report('The database schema is up to date.');
      await database.release();
    });
  program
    .command('check-database')
    .description('Say what of the database breaks a guarantee (exit code 1), or is to be mended.')
    .option('--json', 'print the findings as JSON', false)
    .action(async ({ json }: { json: boolean }) =>
      (await import('./database-preparation.js')).printFindings(json),
    );
  program
    .command('bootstrap')
    .description('Issue a new platform token and print it, for when the first one is lost.')
    .option('--name <name>', 'what the token is for', 'bootstrap')
    .option(
      '--issued-to <person>',
      'who will hold it, by name or e-mail: the log says so of all that it does',
    )
    .action(async ({ name, issuedTo }: { name: string; issuedTo?: string }) =>
      (await import('./printed-secrets.js')).issuePlatformToken(name, issuedTo ?? null),
    );
  program
    .command('recovery-code')
    .description(
      'Make the recovery code of a business and print it: one owner can sign in with it once. An earlier one ends.',
    )
    .requiredOption('--business <id or slug>', 'whose code')
    .action(async ({ business }: { business: string }) =>
      (await import('./printed-secrets.js')).printRecoveryCode(business),
    );
}
