import type { SharedTokenFields } from './cached-token.js';
import type { OwnerFacts } from './token-facts.js';

/** If the tokens of an owner are of more kinds than this, further kinds are not shared. */
const KINDS_OF_OWNER_MAX = 16;

/** Finds the kind that tokens of one owner share, within one epoch of the memory. It lives as long as its owner's facts do. */
export class SharedTokenFieldsInterner {
  private readonly ofOwners = new WeakMap<OwnerFacts, SharedTokenFields[]>();

  /** An equal kind that is already stored, otherwise `kind`. */
  share(kind: SharedTokenFields): SharedTokenFields {
    // Of its kind there is one.
    if (kind.session !== null) return kind;
    let kinds = this.ofOwners.get(kind.owner);
    if (kinds === undefined) this.ofOwners.set(kind.owner, (kinds = []));
    const held = kinds.find((each) => isSame(each, kind));
    if (held !== undefined) return held;
    if (kinds.length === KINDS_OF_OWNER_MAX) kinds.shift();
    kinds.push(kind);
    return kind;
  }
}

/** Equal lists are already stored once (VerdictsRepository), and so are businesses (SharedOwners). */
function isSame(left: SharedTokenFields, right: SharedTokenFields): boolean {
  return (
    left.epoch === right.epoch &&
    left.business === right.business &&
    left.scopes === right.scopes &&
    left.trustedIps === right.trustedIps &&
    left.pepperId === right.pepperId &&
    left.revoked === right.revoked &&
    left.usesLimited === right.usesLimited
  );
}
