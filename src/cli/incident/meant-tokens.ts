import type { TokenAuthority, TokenLine } from './token-authority.js';
import { printable } from './token-lines.js';

const PAGE = 100;
const COUNTED_MAX = 1000;
const SHOWN_MAX = 5;

/** The active tokens that a revocation means, as far as they were counted. */
export interface MeantTokens {
  count: number;
  /** There are more. */
  atLeast: boolean;
  usedInLastDay: number;
  neverUsed: number;
  sample: TokenLine[];
}

/** @param selector the words of `GET /api/v1/tokens` */
export async function countMeant(
  authority: TokenAuthority,
  selector: Record<string, string>,
): Promise<MeantTokens> {
  const meant: MeantTokens = { count: 0, atLeast: false, usedInLastDay: 0, neverUsed: 0, sample: [] };
  const used = { last_used_after: new Date(Date.now() - 86_400_000).toISOString() };
  let cursor: string | null = null;
  do {
    const page = await authority.list({
      ...{ ...selector, status: 'active', limit: PAGE },
      ...(cursor === null ? {} : { cursor }),
    });
    meant.count += page.items.length;
    meant.usedInLastDay += page.items.filter(
      ({ last_used_at: at }) => at !== null && at >= used.last_used_after,
    ).length;
    meant.neverUsed += page.items.filter(({ last_used_at: at }) => at === null).length;
    meant.sample.push(...page.items.slice(0, SHOWN_MAX - meant.sample.length));
    cursor = page.next_cursor;
  } while (cursor !== null && meant.count < COUNTED_MAX);
  return { ...meant, atLeast: cursor !== null };
}

/** For a person who is about to decide. */
export function sayMeant(what: string, meant: MeantTokens): string {
  const { count, atLeast, usedInLastDay, neverUsed, sample } = meant;
  const lines = [
    `${what}: ${atLeast ? 'at least ' : ''}${count} active ${count === 1 ? 'token' : 'tokens'}${count === 0 ? '' : `; of these ${usedInLastDay} used in the last 24 hours, ${neverUsed} never`}.`,
    ...sample.map(({ token_prefix, name, owner }) =>
      printable(`  ${token_prefix}  ${owner.email ?? owner.name ?? owner.kind}  ${name ?? ''}`).trimEnd(),
    ),
    ...(count > sample.length ? [`  … ${count - sample.length}${atLeast ? ' or more' : ''} others`] : []),
  ];
  return lines.join('\n');
}
