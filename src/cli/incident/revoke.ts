import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { report } from '../report.js';
import { connected } from './connection.js';
import { sayMeant } from './meant-tokens.js';
import type { RevokeOptions } from './options.js';
import { targetIn, type Target } from './revoke-target.js';
import {
  EXIT_USAGE,
  Refused,
  SetChanged,
  type CutOffRequest,
  type Receipt,
  type Revocation,
  type TokenAuthority,
} from './token-authority.js';

const LOOK_EVERY_MS = 200;
const MARKING_MS_MAX = 30_000;
/** The reason of a preview that will not be used; it is in the log. */
const NO_REASON = 'preview';

/**
 * Shows what would be revoked, asks, revokes exactly that, and says which verifiers were waited for. The answer is
 * printed on standard output.
 */
export function runRevoke(options: RevokeOptions): Promise<void> {
  return connected(options, async (authority) => {
    const target = targetIn(options);
    const { reason } = options;
    const isGiven = reason !== undefined && reason.trim() !== '';
    if (!options.preview && !isGiven)
      throw new Refused('--reason must say why: it is kept for good.', EXIT_USAGE);
    const given = { ...options, reason: isGiven ? reason : NO_REASON };
    if ('tokenId' in target) return revokeOne(authority, target, given);
    await revokeMany(authority, target, given);
  });
}

type Given = RevokeOptions & { reason: string };
type TargetOf<Name extends string> = Extract<Target, Record<Name, unknown>>;

async function revokeOne(
  authority: TokenAuthority,
  { what, tokenId }: TargetOf<'tokenId'>,
  { preview, yes, json, reason }: Given,
): Promise<void> {
  if (preview) {
    process.stdout.write(json ? `${JSON.stringify({ tokens: 1 })}\n` : `${what}\n`);
    return;
  }
  if (!yes) {
    report(what);
    await demandYes('This cannot be undone. Revoke?');
  }
  const { data, tokens_revoked, receipt } = await authority.revokeToken(tokenId, reason);
  if (json) process.stdout.write(`${JSON.stringify({ ...data, tokens_revoked, receipt })}\n`);
  else process.stdout.write(`${what} is revoked since ${data.revoked_at}, ${everywhere(receipt)}\n`);
}

async function revokeMany(
  authority: TokenAuthority,
  { what, selector }: TargetOf<'selector'>,
  { preview, yes, json, reason, issuedBefore, direct }: Given,
): Promise<void> {
  const request = {
    selector,
    reason,
    ...(issuedBefore === undefined ? {} : { issued_before: issuedBefore }),
  };
  if (preview) {
    const meant = await authority.preview(request);
    process.stdout.write(`${json ? JSON.stringify(meant) : sayMeant(what, meant, direct)}\n`);
    return;
  }
  const made = yes
    ? await authority.revokeMany(request)
    : await revokeShown(authority, what, request, direct);
  if (made.state === 'awaiting_approval')
    throw new Refused(`nothing is revoked yet: somebody else has to approve revocation ${made.id}.`);
  if (!json)
    process.stdout.write(
      `${what} that was issued until ${made.issued_before} is revoked, ${everywhere(made.receipt)} (revocation ${made.id})\n`,
    );
  // If this process ends, the marking would have to wait for another that may never start.
  const last = direct ? await marked(authority, made) : made;
  if (json) process.stdout.write(`${JSON.stringify(last)}\n`);
  else if (last.state === 'done') report(`${last.tokens_revoked} tokens are marked.`);
  else report('They are marked one by one from now on, by a server; they are refused already.');
}

/** Revokes what a person has seen and confirmed; if it is another set by then, the person is asked again. */
async function revokeShown(
  authority: TokenAuthority,
  what: string,
  request: CutOffRequest,
  direct: boolean,
): Promise<Revocation> {
  const meant = await authority.preview(request);
  report(sayMeant(what, meant, direct));
  await demandYes('This cannot be undone. Revoke?');
  try {
    return await authority.revokeMany({ plan: meant.plan });
  } catch (error) {
    if (!(error instanceof SetChanged)) throw error;
    const { now, planned } = error;
    report(`Nothing was revoked: other tokens are meant now than were shown, ${now} in the place of ${planned}.`);
    await demandYes('Revoke all that are meant by then?');
    return authority.revokeMany({ plan: meant.plan, if_changed: 'proceed' });
  }
} // prettier-ignore

/** @throws Refused unless a person confirms it */
async function demandYes(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new Refused('nothing was revoked: nobody can be asked here, so --yes must say it.', EXIT_USAGE);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} Type yes: `);
  terminal.close();
  if (answer.trim().toLowerCase() !== 'yes') throw new Refused('nothing was revoked.', EXIT_USAGE);
}

async function marked(authority: TokenAuthority, made: Revocation): Promise<Revocation> {
  const until = performance.now() + MARKING_MS_MAX;
  let last = made;
  while (last.state !== 'done' && performance.now() < until) {
    await delay(LOOK_EVERY_MS);
    // The answer itself says what was waited for; the stored receipt follows a little later.
    last = { ...(await authority.revocation(made.id)), receipt: made.receipt };
  }
  return last;
}

function everywhere(receipt: Receipt | null): string {
  if (receipt === null) return 'and refused everywhere';
  const { verifiers_acknowledged: confirmed, verifiers_waited_out: out, duration_ms: ms } = receipt;
  return `and refused everywhere: ${confirmed} verifiers confirmed it, ${out} were waited out, in ${Math.round(ms)} ms`;
}
