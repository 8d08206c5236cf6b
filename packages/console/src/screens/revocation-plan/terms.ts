import type { RevocationTerms } from '../../api/revocations';
import { FILTER_KEYS, queryOf } from '../tokens/filters';
import type { PlanSearch } from './search';

/** Words of filters, of which a selection is made. */
const WORD_KEYS: readonly string[] = ['name', 'status', ...FILTER_KEYS];

/** What is missing before it can be asked what a revocation would hit; null: nothing. */
export function planProblem({ aim, about, ...words }: PlanSearch, reason: string): string | null {
  const isNamed = (about ?? '').trim() !== '';
  if (aim === undefined) return 'Choose what is to be revoked.';
  if (aim === 'member' && !isNamed) return 'Name the member.';
  if (aim === 'identity' && !isNamed) return 'Choose the identity.';
  if (aim === 'pepper' && !isNamed) return 'Name the pepper.';
  if (aim === 'match' && !WORD_KEYS.some((key) => words[key] !== undefined))
    return 'Narrow it down by one filter at least.';
  return reason.trim() === '' ? 'Give a reason: it is kept for good.' : null;
}

/**
 * What is asked of the API.
 * @param seesAll whether a selection without an owner means everybody's tokens, and not the caller's own
 */
export function termsFrom(search: PlanSearch, reason: string, seesAll: boolean): RevocationTerms {
  const { about = '', until } = search;
  const isSelection = search.aim === 'match';
  return {
    selector: selectorFrom(search, about.trim(), seesAll),
    reason: reason.trim(),
    ...(until !== undefined && !isSelection && { issued_before: until }),
  };
}

function selectorFrom(search: PlanSearch, about: string, seesAll: boolean): object {
  switch (search.aim) {
    case 'member':
      return { owner: about };
    case 'identity':
      return { identity: about };
    case 'pepper':
      return { pepper: about };
    case 'business':
      return { business: true };
    case 'platform':
      return { platform: true };
    default:
      return selectionFrom(search, seesAll);
  }
}

function selectionFrom(search: PlanSearch, seesAll: boolean): object {
  const { unused_days: days, never_expires: never, ...query } = queryOf(search);
  const isOfOne = query.owner_email !== undefined || query.identity_id !== undefined;
  return {
    ...query,
    ...(days !== undefined && { unused_days: Number(days) }),
    ...(never !== undefined && { never_expires: String(never) === 'true' }),
    ...(search['name'] !== undefined && { name: search['name'].trim() }),
    ...(search['status'] !== undefined && { status: search['status'] }),
    ...(!isOfOne && seesAll && { owner_email: '*' }),
  };
}
