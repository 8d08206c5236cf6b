import { clientKeyOf } from '../common/http/client-key.js';
import type { TokenUse } from './refused-uses.js';

/** Whose look-up it is: each key takes turns with the others of its kind. */
export interface Asker {
  /** `proof`: of whoever calls, by address, or of a revocation; `verdict`: about another's token, by business. */
  kind: 'proof' | 'verdict';
  key: string;
}

/** Who presents a secret from this address as their own. */
export function proofFrom(address: string | null): Asker {
  return { kind: 'proof', key: address === null ? '' : clientKeyOf(address) };
}

/** Whoever of this business, or of the platform, asks about another's token, or revokes it by its secret (`proof`). */
export function askerOf(businessId: string | null, kind: Asker['kind'] = 'verdict'): Asker {
  return { kind, key: businessId ?? 'platform' };
}

/** The circumstances under which a secret is judged. */
export interface Presentation {
  /** Who asks about it; undefined: it is presented as one's own. */
  asker?: Asker;
  /** Address that presented it; null: not known, so a token that is bound to addresses is refused. */
  from: string | null;
  /** User agent that presented it; null or undefined: not known. */
  userAgent?: string | null | undefined;
  /** Whether it came in the cookie of sessions: there nothing else is good, and a session nowhere else. */
  inCookie?: boolean;
  /** Scopes that the token must have, all of them; null or undefined: nobody says, and whoever asks may judge them. */
  scopes?: readonly string[] | null | undefined;
  /** Whether whoever asks judges the scopes itself, and names them for the usage of the token alone. */
  scopesAreJudgedElsewhere?: boolean;
  /** The only business whose tokens exist for the caller; undefined: all. */
  within?: string;
  /** Whether platform tokens, which belong to no business, do not exist for the caller. */
  amongBusinesses?: boolean;
  /** Connection on which a caller presents its own secret again and again; undefined: another's secret. */
  connection?: object;
  /** Whether the caller checks the address itself. */
  addressIsJudgedElsewhere?: boolean;
  /** The purpose for which it was presented; undefined: not recorded. */
  use?: TokenUse;
  /** Whether it was already presented for the same purpose, so that this does not count as another use. */
  isRepeated?: boolean;
}
