import { Argument, Command, InvalidArgumentError } from 'commander';
import { isPrefix, SCANNERS, scannerRules, type Scanner } from '../secrets/scanner-rules.js';

interface Options {
  prefix: string[];
  url?: string;
}

/** `scanner-rules`. Needs no server and no database. */
export function scannerRulesCommand(): Command {
  return new Command('scanner-rules')
    .description('Print the rules by which a secret scanner finds tokens: of given prefixes, or of all.')
    .addArgument(new Argument('<scanner>', 'whose format').choices(SCANNERS))
    .option('--prefix <prefix>', 'what secrets begin with; may be repeated', readPrefix, [])
    .option('--url <url>', 'where Rescind is reached, for scanners that ask whether a find is good', readUrl)
    .action((scanner: Scanner, { prefix, url }: Options) => {
      process.stdout.write(scannerRules(scanner, prefix, url ?? null));
    });
}

function readPrefix(prefix: string, before: string[]): string[] {
  if (!isPrefix(prefix)) throw new InvalidArgumentError('It must be 2 to 12 of a-z and 0-9, a letter first.');
  return [...before, prefix];
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('It must be an http:// or https:// address.');
  return url.origin + url.pathname.replace(/\/$/, '');
}
