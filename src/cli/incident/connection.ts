import type { Command } from 'commander';
import { text } from 'node:stream/consumers';
import { apiToken, apiUrl } from '../../config/api-client.config.js';
import { ConfigError } from '../../config/environment.js';
import { refuseUnknownSettings } from '../../config/known-settings.js';
import { OverHttp } from './over-http.js';
import { EXIT_REFUSED, EXIT_USAGE, Refused, type TokenAuthority } from './token-authority.js';

/** How a command connects to what it works on. */
export interface ConnectionOptions {
  business?: string;
  url?: string;
  credential?: string;
  direct: boolean;
  by?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PERSON = /^[^\p{Cc}]{1,320}$/u;

export function withConnection(command: Command): Command {
  return command
    .option('--business <id>', 'the business whose tokens are meant')
    .option('--url <address>', 'where the API is; else RESCIND_API_URL, or http://127.0.0.1:3000')
    .option(
      '--credential <@file>',
      'the secret of the token to call with, in a file, or - for standard input; else RESCIND_API_TOKEN',
    )
    .option(
      '--direct',
      'without a server: on the database that the settings of `serve` name, recorded as done by `system`',
      false,
    )
    .option('--by <person>', 'with --direct: who does it, for the log');
}

/** Runs `work`, and reports a refusal as one sentence and the exit code. */
export async function connected(
  options: ConnectionOptions,
  work: (authority: TokenAuthority) => Promise<void>,
): Promise<void> {
  // Before anything is asked: a mistyped address would be another server's.
  refuseUnknownSettings();
  await speaking(async () => {
    const { business = null, by = null } = options;
    if (business !== null && !UUID.test(business))
      throw new Refused('--business takes the id of a business.', EXIT_USAGE);
    const businessId = business?.toLowerCase() ?? null;
    if (options.direct) {
      if (by !== null && !PERSON.test(by)) throw new Refused('--by takes a name or an e-mail.', EXIT_USAGE);
      if (options.url !== undefined || options.credential !== undefined)
        throw new Refused('--direct asks no server: it takes neither --url nor --credential.', EXIT_USAGE);
      const { directly } = await import('./direct.js');
      return directly(businessId, by, work);
    }
    if (by !== null) throw new Refused('--by goes with --direct; a token says whose it is.', EXIT_USAGE);
    const secret =
      options.credential === '-' ? (await text(process.stdin)).trim() : apiToken(options.credential);
    if (secret === undefined || secret === '')
      throw new Refused(
        'There is no token to call with: set RESCIND_API_TOKEN, name a file with --credential @file, or use --direct.',
        EXIT_USAGE,
      );
    return work(new OverHttp(apiUrl(options.url), secret, businessId));
  });
}

async function speaking(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isUsage = error instanceof ConfigError && error.message.startsWith('--');
    if (!(error instanceof Refused) && !isUsage) throw error;
    process.stderr.write(`rescind: ${error.message}\n`);
    process.exitCode = error instanceof Refused ? error.exitCode : EXIT_USAGE;
    process.exitCode ||= EXIT_REFUSED;
  }
}
