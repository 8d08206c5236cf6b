import { Command } from 'commander';
import { withConnection } from './connection.js';
import { type FindOptions, type ListOptions, withSelector } from './selector-options.js';
import { EXIT_CODES } from './token-authority.js';

/** `tokens`: lists tokens, and finds the token of a leaked string. */
export function tokensCommand(): Command {
  const list = new Command('list')
    .description('List tokens of a business, newest first, one line each.')
    .option('--max <count>', 'how many at most', '1000')
    .option('--include-revoked', 'revoked ones too', false)
    .option('--json', 'print each as a line of JSON', false)
    .addHelpText('after', `\n${EXIT_CODES}`)
    .action(async (options: ListOptions) => (await import('./tokens.js')).listTokens(options));
  const find = new Command('find')
    .description(
      'Find the tokens whose secrets, public ids or previews are in a text, such as a paste or a log. Looking is no use of a token; what was sent is neither kept nor recorded.',
    )
    .option('--in <file>', 'the text; - for standard input')
    .option('--fragment <text>', 'instead: a public id or a preview; never a secret, which others would see here')
    .option('--json', 'print each as a line of JSON', false)
    .addHelpText('after', `\n${EXIT_CODES}`)
    .action(async (options: FindOptions) => (await import('./tokens.js')).findTokens(options));
  return new Command('tokens')
    .description('Find and list tokens.')
    .addCommand(withSelector(withConnection(list)))
    .addCommand(withConnection(find));
} // prettier-ignore
