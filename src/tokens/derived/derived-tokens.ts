import type { DerivedCause } from './derived-tokens.sql.js';

/** A token that is not revoked yet, among those that come from another one. */
export interface DerivedToken {
  id: string;
  /** null: one of the platform's own. */
  businessId: string | null;
  /** null: the given token itself. */
  cause: DerivedCause | null;
  /** The token that it comes from. */
  origin: string | null;
}

/**
 * The tokens of a text of FIND_DERIVED, in its order, at most `count` at a time. Cut off as they are needed: ten thousand at once
 * would hold the event loop.
 */
export function* derivedTokensIn(text: string, count: number): Generator<DerivedToken[]> {
  let part: DerivedToken[] = [];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    part.push(tokenOf(text.slice(start, end)));
    start = end + 1;
    if (part.length < count) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function tokenOf(line: string): DerivedToken {
  const [id = '', businessId = '', cause = '', origin = ''] = line.split(',');
  return {
    id,
    businessId: businessId || null,
    cause: (cause || null) as DerivedCause | null,
    origin: origin || null,
  };
}
