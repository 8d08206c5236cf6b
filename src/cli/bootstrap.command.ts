import { Command } from 'commander';

export function bootstrapCommand(): Command {
  return new Command('bootstrap')
    .description(
      'Issue a new platform token and print it, for when the first one is lost. Works beside a running server.',
    )
    .option('--name <name>', 'what the token is for', 'bootstrap')
    .option(
      '--issued-to <person>',
      'who will hold it, by name or e-mail: the log says so of all that it does',
    )
    .action(async ({ name, issuedTo }: { name: string; issuedTo?: string }) => {
      const { issuePlatformToken } = await import('./platform-token.js');
      await issuePlatformToken(name, issuedTo ?? null);
    });
}
