import { ConfigError, resolved, secret, text } from './environment.js';

const URL_BY_DEFAULT = 'http://127.0.0.1:3000';

/**
 * Where commands find the API: the flag, or else RESCIND_API_URL, or this machine. Without a slash at its end.
 * @throws ConfigError
 */
export function apiUrl(flag: string | undefined): string {
  const [name, value] =
    flag === undefined ? ['RESCIND_API_URL', text('RESCIND_API_URL') ?? URL_BY_DEFAULT] : ['--url', flag];
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search + url.hash !== '')
    throw new ConfigError(name, 'must be an http or https address without user, query and fragment.');
  return url.href.replace(/\/$/, '');
}

/**
 * The secret of the token that commands call the API with: RESCIND_API_TOKEN, or the file that the flag names as `@path`.
 * @throws ConfigError for a secret on the command line, which every user of the machine can read; it is not repeated
 */
export function apiToken(flag: string | undefined): string | undefined {
  if (flag === undefined) return secret('RESCIND_API_TOKEN');
  if (!flag.startsWith('@'))
    throw new ConfigError('--credential', 'takes @file, or - for standard input, and never a secret.');
  return resolved('--credential', flag);
}
