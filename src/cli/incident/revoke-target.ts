import type { RevokeOptions } from './options.js';
import { EXIT_USAGE, Refused } from './token-authority.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is to be revoked: one token, or a group in the terms of a cut-off. */
export type Target = { what: string } & ({ tokenId: string } | { selector: Record<string, unknown> });

/** @throws Refused unless exactly one is named, with the options that it needs */
export function targetIn(options: RevokeOptions): Target {
  const { business, token, owner, identity, all, platform, pepper, issuedBefore } = options;
  const named = [token, owner, identity, all || undefined, platform || undefined, pepper];
  if (named.filter((each) => each !== undefined).length !== 1)
    throw wrong('say what to revoke: one of --token, --owner, --identity, --all, --platform and --pepper');
  const isOfAll = platform || pepper !== undefined;
  if (isOfAll && business !== undefined)
    throw wrong('--platform and --pepper go through every business: they take no --business.');
  if (!isOfAll && business === undefined) throw wrong('--business must say whose tokens are meant.');
  if (token !== undefined && issuedBefore !== undefined)
    throw wrong('--issued-before goes with many tokens, not with --token');
  if (token !== undefined && !UUID.test(token)) throw wrong('--token takes the id of a token.');
  if (issuedBefore !== undefined && Number.isNaN(Date.parse(issuedBefore)))
    throw wrong('--issued-before takes a time such as 2026-01-31T12:00:00Z');
  if (token !== undefined) return { what: `token ${token}`, tokenId: token };
  if (owner !== undefined) return { what: `all of ${owner}`, selector: { owner } };
  if (identity !== undefined) return { what: `all of identity ${identity}`, selector: { identity } };
  if (pepper !== undefined) return { what: `all under pepper ${pepper}`, selector: { pepper } };
  if (platform)
    return { what: 'everything of every business and of the platform', selector: { platform: true } };
  return { what: `all of business ${String(business)}`, selector: { business: true } };
}

function wrong(sentence: string): Refused {
  return new Refused(sentence, EXIT_USAGE);
}
