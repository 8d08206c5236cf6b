import { DomainError } from '../errors/domain-error.js';

/** Maximum depth. No valid body has more than three levels; thousands would exhaust the stack of the validator. */
const NESTING_MAX = 16;

/**
 * Maximum of members and elements of a body. The largest valid body, with a hundred trusted addresses, has four hundred.
 * The validator takes some ten microseconds for each, so this many take a few milliseconds.
 */
export const VALUES_MAX = 512;

/**
 * Checks that a text is within the limits of a body, before it is parsed. Linear in the length of the text, and much
 * cheaper than parsing it.
 * @returns how many members its objects have, if it is JSON at all
 * @throws DomainError `request.invalid` when it exceeds a limit
 */
export function boundedMembersOf(text: string): number {
  let members = 0;
  let values = 0;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        values++;
        if (++depth > NESTING_MAX)
          throw new DomainError('request.invalid', 'The request body is nested too deeply.');
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth--;
        break;
      case COLON:
        members++;
        break;
      case COMMA:
        values++;
        break;
    }
    if (values > VALUES_MAX)
      throw new DomainError('request.invalid', `The request body has more than ${VALUES_MAX} values.`);
  }
  return members;
}

/**
 * Whether an object in the text names a member twice, of which one reader takes the first and another the last
 * (RFC 8259 §4).
 * @param value what the text was parsed to: of members with one name, the parser has kept one
 * @param members how many the text has
 */
export function repeatsMembers(value: unknown, members: number): boolean {
  return membersOf(value) !== members;
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (!Array.isArray(value)) members = Object.keys(value).length;
  for (const inner of Object.values(value)) members += membersOf(inner);
  return members;
}

/** The index of the quote that closes the string, or of the end of the text. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index++;
    else if (code === QUOTE) break;
  }
  return index;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
