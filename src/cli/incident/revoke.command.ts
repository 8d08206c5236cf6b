import { Command } from 'commander';
import { withConnection } from './connection.js';
import type { RevokeOptions } from './selector-options.js';
import { EXIT_CODES } from './token-authority.js';

/** `revoke`: one token, or all of an owner, an identity, a business, a pepper or everybody. */
export function revokeCommand(): Command {
  const command = new Command('revoke')
    .description(
      'Revoke tokens. Irreversible. Once it says so, they are refused everywhere; many are marked one by one afterwards. What is issued later is good.',
    )
    .option('--token <id>', 'this token')
    .option('--owner <e-mail>', 'all tokens of this member')
    .option('--identity <id>', 'all tokens of this machine identity')
    .option('--all', 'all tokens of the business', false)
    .option('--platform', 'everything of every business, and of the platform itself: the calling token as well', false)
    .option('--pepper <id>', 'in every business, all tokens that are stored under this pepper')
    .option('--reason <text>', 'why; kept for good')
    .option('--issued-before <time>', 'only what was issued then or before: RFC 3339, such as 2026-01-31T12:00:00Z')
    .option('--preview', 'say what would be revoked, and revoke nothing', false)
    .option('--yes', 'do not ask; needed where nobody can be asked', false)
    .option('--json', 'print the answer as JSON', false)
    .addHelpText('after', `\n${EXIT_CODES}`)
    .action(async (options: RevokeOptions) => (await import('./revoke.js')).runRevoke(options));
  return withConnection(command);
} // prettier-ignore
