import { activeUnclear } from './scim-refusal.js';

/** Attributes by which clients mean that somebody may not work any more, other than `active` itself. */
const LIKE_ACTIVE = /activ|enabled|disabled|suspend|locked|deleted|status/i;

/**
 * Whether a name may be about the state of a user. Such an attribute is refused where it is not `active` itself: a
 * person whom the directory has let go would stay otherwise.
 */
export function isLikeActive(name: string): boolean {
  return LIKE_ACTIVE.test(name);
}

/**
 * A value of `active`: a boolean, the strings that Entra ID sends in place of one ("False"), and the list of one
 * value in which it sent them earlier.
 * @throws DomainError `scim.active_unclear` for anything else
 */
export function activeFrom(value: unknown): boolean {
  const plain = isListOfOne(value) ? value[0].value : value;
  if (typeof plain === 'boolean') return plain;
  const text = typeof plain === 'string' ? plain.toLowerCase() : '';
  if (text !== 'true' && text !== 'false') throw activeUnclear();
  return text === 'true';
}

function isListOfOne(value: unknown): value is [{ value: unknown }] {
  if (!Array.isArray(value) || value.length !== 1) return false;
  const [only] = value as unknown[];
  return typeof only === 'object' && only !== null && 'value' in only;
}

/** What several places of one request say. @throws DomainError `scim.active_unclear` where they contradict each other */
export function agreedActive(values: readonly boolean[]): boolean | undefined {
  if (values.includes(true) && values.includes(false)) throw activeUnclear();
  return values[0];
}
