import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { report } from '../report.js';
import { connected } from './connection.js';
import { countMeant, sayMeant } from './meant-tokens.js';
import type { RevokeOptions } from './options.js';
import {
  EXIT_USAGE,
  Refused,
  type Receipt,
  type Revocation,
  type TokenAuthority,
} from './token-authority.js';

const LOOK_EVERY_MS = 200;
const MARKING_MS_MAX = 30_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is to be revoked: one token, or a group, in the words of a cut-off and in those of a list. */
interface Target {
  what: string;
  tokenId?: string;
  cutOff: Record<string, unknown>;
  selector: Record<string, string>;
}

/** Counts what is meant, asks, revokes, and says what was waited for. The answer goes to standard output. */
export function revoke(options: RevokeOptions): Promise<void> {
  return connected(options, async (authority) => {
    const target = targetIn(options);
    const { reason } = options;
    if (!options.preview && (reason === undefined || reason.trim() === ''))
      throw new Refused('--reason must say why: it is kept for good.', EXIT_USAGE);
    if (options.preview || !options.yes) await preview(authority, target, options);
    if (options.preview) return;
    if (!options.yes) await demandYes();
    await execute(authority, target, reason as string, options);
  });
}

/** @throws Refused unless exactly one is named */
function targetIn({ business, token, owner, identity, all, issuedBefore }: RevokeOptions): Target {
  const named = [token, owner, identity, all ? 'all' : undefined].filter((each) => each !== undefined);
  if (named.length !== 1)
    throw new Refused('say what to revoke: one of --token, --owner, --identity and --all', EXIT_USAGE);
  if (business === undefined) throw new Refused('--business must say whose tokens are meant.', EXIT_USAGE);
  if (token !== undefined && issuedBefore !== undefined)
    throw new Refused('--issued-before goes with many tokens, not with --token', EXIT_USAGE);
  if (token !== undefined && !UUID.test(token)) throw new Refused('--token takes the id of a token.', EXIT_USAGE);
  if (issuedBefore !== undefined && Number.isNaN(Date.parse(issuedBefore)))
    throw new Refused('--issued-before takes a time such as 2026-01-31T12:00:00Z', EXIT_USAGE);
  // A list asks for what is earlier, a cut-off takes the moment itself as well: times have milliseconds.
  const until: Record<string, string> =
    issuedBefore === undefined ? {} : { created_before: new Date(Date.parse(issuedBefore) + 1).toISOString() };
  if (token !== undefined) return { what: `token ${token}`, tokenId: token, cutOff: {}, selector: {} };
  if (owner !== undefined)
    return { what: `all of ${owner}`, cutOff: { owner }, selector: { owner_email: owner, ...until } };
  if (identity !== undefined)
    return { what: `all of identity ${identity}`, cutOff: { identity }, selector: { identity_id: identity, ...until } };
  return { what: `all of business ${business}`, cutOff: { business: true }, selector: { owner_email: '*', ...until } };
} // prettier-ignore

async function preview(
  authority: TokenAuthority,
  { what, tokenId, selector }: Target,
  { preview: only, json }: RevokeOptions,
): Promise<void> {
  if (tokenId !== undefined) {
    if (only) process.stdout.write(json ? `${JSON.stringify({ tokens: 1, at_least: false })}\n` : `${what}\n`);
    else report(what);
    return;
  }
  const meant = await countMeant(authority, selector);
  if (!only) return report(sayMeant(what, meant));
  const { count: tokens, atLeast: at_least, usedInLastDay, neverUsed, sample } = meant;
  const facts = { tokens, at_least, used_in_last_24_hours: usedInLastDay, never_used: neverUsed, sample };
  process.stdout.write(`${json ? JSON.stringify(facts) : sayMeant(what, meant)}\n`);
} // prettier-ignore

/** @throws Refused unless a person says so */
async function demandYes(): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new Refused('nothing was revoked: nobody can be asked here, so --yes must say it.', EXIT_USAGE);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('This cannot be undone. Revoke? Type yes: ');
  terminal.close();
  if (answer.trim().toLowerCase() !== 'yes') throw new Refused('nothing was revoked.', EXIT_USAGE);
}

async function execute(
  authority: TokenAuthority,
  { what, tokenId, cutOff }: Target,
  reason: string,
  { issuedBefore, json, direct }: RevokeOptions,
): Promise<void> {
  if (tokenId !== undefined) {
    const { data, tokens_revoked, receipt } = await authority.revokeToken(tokenId, reason);
    if (json) process.stdout.write(`${JSON.stringify({ ...data, tokens_revoked, receipt })}\n`);
    else process.stdout.write(`${what} is revoked since ${data.revoked_at}, ${everywhere(receipt)}\n`);
    return;
  }
  const request = { selector: cutOff, reason, ...(issuedBefore === undefined ? {} : { issued_before: issuedBefore }) };
  const made = await authority.cutOff(request);
  if (made.state === 'awaiting_approval')
    throw new Refused(`nothing is revoked yet: somebody else has to approve revocation ${made.id}.`);
  if (!json)
    process.stdout.write(
      `${what} that was issued until ${made.issued_before} is revoked, ${everywhere(made.receipt)} (revocation ${made.id})\n`,
    );
  // A process that ends with this command should not leave the marking to one that may not come.
  const last = direct ? await marked(authority, made) : made;
  if (json) process.stdout.write(`${JSON.stringify(last)}\n`);
  else if (last.state === 'done') report(`${last.tokens_revoked} tokens are marked.`);
  else report('They are marked one by one from now on, by a server; they are refused already.');
} // prettier-ignore

async function marked(authority: TokenAuthority, made: Revocation): Promise<Revocation> {
  const until = performance.now() + MARKING_MS_MAX;
  let last = made;
  while (last.state !== 'done' && performance.now() < until) {
    await delay(LOOK_EVERY_MS);
    // What was waited for is known from the answer itself; it is kept a little later.
    last = { ...(await authority.revocation(made.id)), receipt: made.receipt };
  }
  return last;
}

function everywhere(receipt: Receipt | null): string {
  if (receipt === null) return 'and refused everywhere';
  const { verifiers_acknowledged: confirmed, verifiers_waited_out: out, duration_ms: ms } = receipt;
  return `and refused everywhere: ${confirmed} verifiers confirmed it, ${out} were waited out, in ${Math.round(ms)} ms`;
}
