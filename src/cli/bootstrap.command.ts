import { Command } from 'commander';

export function bootstrapCommand(): Command {
  return new Command('bootstrap')
    .description(
      'Issue a new platform token and print it, for when the first one is lost. Works beside a running server.',
    )
    .option('--name <name>', 'what the token is for', 'bootstrap')
    .action(async ({ name }: { name: string }) => {
      const { issuePlatformToken } = await import('./platform-token.js');
      await issuePlatformToken(name);
    });
}
