import type { OwnerCount, Preview } from './token-authority.js';
import { printable } from './token-lines.js';

const SHOWN_MAX = 5;

/** The preview in words, for a person who has to decide. @param direct whether no second person is needed */
export function sayMeant(what: string, preview: Preview, direct: boolean): string {
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

function lastUses({ by_last_use: { hour, day, week, earlier, never } }: Preview): string {
  return `Used last within an hour: ${hour}, a day: ${day}, a week: ${week}, before: ${earlier}, never: ${never}.`;
}

function approval({ needs_approval: isNeeded, revoked_alone_last_day: alone }: Preview, direct: boolean): string[] {
  if (!isNeeded) return [];
  if (direct) return ['A second person would have to approve it; --direct goes without, and the log says so.'];
  return [`A second person has to approve it${alone === null || alone === 0 ? '' : `: ${counted(alone, 'token')} revoked alone within 24 hours count as well`}.`];
} // prettier-ignore

function samples({ sample, tokens }: Preview): string[] {
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

const nameAndCount = ({ name, tokens }: OwnerCount): [string, number] => [name, tokens];

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
