import { activeUnclear } from './scim-refusal.js';

/** Attributes by which clients mean that somebody may not work any more, other than `active` itself. */
const LIKE_ACTIVE = /activ|enabled|disabled|suspend|locked|deleted|status/i;

/**
 * Whether a name may be about the state of a user. If it is not `active` itself, such an attribute is refused:
 * otherwise a person whom the directory has deactivated would stay.
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

/**
 * The value that several places of one request give. @throws DomainError `scim.active_unclear` if they contradict
 * each other
 */
export function agreedActive(values: readonly boolean[]): boolean | undefined {
  if (values.includes(true) && values.includes(false)) throw activeUnclear();
  return values[0];
}
