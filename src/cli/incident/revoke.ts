import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { report } from '../report.js';
import { connected } from './connection.js';
import type { RevokeOptions } from './selector-options.js';
import type { RevocationPreviewDto } from '../../revocations/bulk/revocation-preview.dto.js';
import type { RevocationReceiptDto } from '../../revocations/revoked-token.dto.js';
import type { RevocationWithReceiptDto } from '../../revocations/bulk/revocation.dto.js';
import {
  type CutOffRequest,
  EXIT_USAGE,
  printable,
  Refused,
  SetChanged,
  type TokenAuthority,
} from './token-authority.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is to be revoked: one token, or a group in the terms of a cut-off. */
type Target = { what: string } & ({ tokenId: string } | { selector: Record<string, unknown> });

/** @throws Refused unless exactly one is named, with the options that it needs */
function targetIn(options: RevokeOptions): Target {
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

const SHOWN_MAX = 5;

/** The preview in words, for a person who has to decide. @param direct whether no second person is needed */
function sayMeant(what: string, preview: RevocationPreviewDto, direct: boolean): string {
  const { tokens, owners, untouchable, active_verdicts_last_day: verdicts } = preview;
  const lines = [
    `${what}: ${counted(tokens, 'token')} that ${tokens === 1 ? 'is' : 'are'} not revoked, of ${counted(owners, 'owner')}.`,
    ...(tokens === 0 ? [] : [lastUses(preview)]),
    ...(verdicts === null ? [] : [`Requests of the last 24 hours that would have been refused: ${verdicts}.`]),
    ...group('By owner', preview.by_owner.map(nameAndCount)),
    ...group('By scope', preview.by_scope.map(({ scope, tokens: each }) => [scope, each])),
    ...group('By business', preview.by_business.length < 2 ? [] : preview.by_business.map(({ id, tokens: each }) => [id ?? 'the platform itself', each])),
    ...samples(preview),
    ...(untouchable === null
      ? []
      : group(`Left alone, as they belong to owners of the business (${counted(untouchable.tokens, 'token')})`, untouchable.by_owner.map(nameAndCount))),
    ...approval(preview, direct),
    ...(preview.ends_caller ? ['The token that this calls with is among them.'] : []),
  ];
  return lines.map(printable).join('\n');
} // prettier-ignore

function lastUses({ by_last_use: { hour, day, week, earlier, never } }: RevocationPreviewDto): string {
  return `Used last within an hour: ${hour}, a day: ${day}, a week: ${week}, before: ${earlier}, never: ${never}.`;
}

function approval({ needs_approval: isNeeded, revoked_alone_last_day: alone }: RevocationPreviewDto, direct: boolean): string[] {
  if (!isNeeded) return [];
  if (direct) return ['A second person would have to approve it; --direct goes without, and the log says so.'];
  return [`A second person has to approve it${alone === null || alone === 0 ? '' : `: ${counted(alone, 'token')} revoked alone within 24 hours count as well`}.`];
} // prettier-ignore

function samples({ sample, tokens }: RevocationPreviewDto): string[] {
  const shown = sample.slice(0, SHOWN_MAX);
  if (shown.length === 0) return [];
  return [
    shown.length < tokens ? 'Some of them:' : 'These are:',
    ...shown.map(({ token_prefix, name, owner }) =>
      `  ${token_prefix}  ${owner.email ?? owner.name ?? owner.kind}  ${name ?? ''}`.trimEnd(),
    ),
  ];
}

/** The largest groups; the server names twenty at most. */
function group(title: string, rows: readonly [string, number][]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, SHOWN_MAX).map(([name, count]) => `  ${count}  ${name}`);
  return [`${title}:`, ...shown, ...(rows.length > SHOWN_MAX ? ['  …'] : [])];
}

const nameAndCount = ({ name, tokens }: { name: string; tokens: number }): [string, number] => [name, tokens];

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

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
): Promise<RevocationWithReceiptDto> {
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

async function marked(
  authority: TokenAuthority,
  made: RevocationWithReceiptDto,
): Promise<RevocationWithReceiptDto> {
  const until = performance.now() + MARKING_MS_MAX;
  let last = made;
  while (last.state !== 'done' && performance.now() < until) {
    await delay(LOOK_EVERY_MS);
    // The answer itself says what was waited for; the stored receipt follows a little later.
    last = { ...(await authority.revocation(made.id)), receipt: made.receipt };
  }
  return last;
}

function everywhere(receipt: RevocationReceiptDto | null): string {
  if (receipt === null) return 'and refused everywhere';
  const { verifiers_acknowledged: confirmed, verifiers_waited_out: out, duration_ms: ms } = receipt;
  return `and refused everywhere: ${confirmed} verifiers confirmed it, ${out} were waited out, in ${Math.round(ms)} ms`;
}
