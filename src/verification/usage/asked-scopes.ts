import { covers, isWellFormedScope } from '../scopes.js';
import { effectiveScopes } from '../effective-scopes.js';
import type { TokenFacts } from '../token-facts.js';

/** Of scopes that a token has without carrying them by name, so many are kept between two writes. */
const IMPLIED_MAX = 16;

/** About what an entry takes. */
export const ENTRY_CHARACTERS = 32;

/** A scope that was asked of a token that has it. */
interface AskedScope {
  scope: string;
  /** Whether the token carries it by that name, and not another that covers it. */
  isCarried: boolean;
}

/**
 * The scope to be kept where `asked` was asked of `token`; null: it has no such scope, or none that could be given to a token.
 * Of what the token carries it is the token's own copy of the text.
 */
export function scopeOf(token: TokenFacts, asked: string): AskedScope | null {
  if (!covers(effectiveScopes(token), asked)) return null;
  const carried = token.scopes.find((scope) => scope === asked);
  if (carried !== undefined) return { scope: carried, isCarried: true };
  // What it was a part of is not to be kept with it.
  return isWellFormedScope(asked) ? { scope: Buffer.from(asked).toString(), isCarried: false } : null;
}

/** The scopes that were asked of one token. Most are asked for one, which costs no set. */
export class AskedScopes {
  private others: Set<string> | null = null;
  private implied: Set<string> | null = null;
  private readonly first: string | null;

  constructor({ scope, isCarried }: AskedScope) {
    this.first = isCarried ? scope : null;
    if (!isCarried) this.implied = new Set([scope]);
  }

  has(scope: string): boolean {
    return scope === this.first || this.others?.has(scope) === true || this.implied?.has(scope) === true;
  }

  /** @returns false: there is no room for more that the token does not carry by name */
  add({ scope, isCarried }: AskedScope): boolean {
    if (isCarried) {
      this.others ??= new Set();
      this.others.add(scope);
      return true;
    }
    this.implied ??= new Set();
    if (this.implied.size >= IMPLIED_MAX) return false;
    this.implied.add(scope);
    return true;
  }

  *entries(): Generator<AskedScope> {
    if (this.first !== null) yield { scope: this.first, isCarried: true };
    for (const scope of this.others ?? []) yield { scope, isCarried: true };
    for (const scope of this.implied ?? []) yield { scope, isCarried: false };
  }
}
