import { oneOf } from '../../api/address';
import { FILTER_KEYS } from '../tokens/filters';

const AIMS = ['member', 'identity', 'match', 'business', 'platform', 'pepper'] as const;
/** What a revocation of many aims at: all that somebody has, or the tokens that match. */
export type Aim = (typeof AIMS)[number];

/**
 * What the address says of a revocation that is being planned. `about`: the e-mail, the id or the pepper of the aim;
 * `until`: only what was issued until then. Everything else are filters of the list of tokens.
 */
export type PlanSearch = Partial<Record<string, string>> & { aim?: Aim; about?: string; until?: string };

export function readPlanSearch(words: Record<string, unknown>): PlanSearch {
  const read = [...FILTER_KEYS, 'name', 'about', 'until'].map((key) => [key, words[key]] as const);
  const status = oneOf(['active', 'expired'], words['status']);
  const given = read.filter(([, word]) => typeof word === 'string' && word.trim() !== '');
  return {
    ...(Object.fromEntries(given) as Partial<Record<string, string>>),
    ...(status !== undefined && { status }),
    ...aimIn(words, given.length > 0 || status !== undefined),
  };
}

/** A link with filters alone aims at what they match. */
function aimIn({ aim }: Record<string, unknown>, isFiltered: boolean): { aim?: Aim } {
  const named = oneOf(AIMS, aim) ?? (isFiltered ? 'match' : undefined);
  return named === undefined ? {} : { aim: named };
}
