import type { Role } from '../directory/members/role.js';

/** Shared by all tokens of one owner; `stale` once the feed has named it. */
export interface OwnerFacts {
  readonly kind: 'user' | 'identity' | 'platform';
  /** null for the platform. */
  readonly id: string | null;
  readonly name: string;
  readonly email: string | null;
  /** The person that a token of the platform was issued to; null: nobody by name. */
  readonly issuedTo: string | null;
  /** null for the platform, which needs none. */
  readonly role: Role | null;
  /** False once a member was removed or an identity disabled. */
  readonly present: boolean;
  stale: boolean;
}

/** Shared by all tokens of one business; `stale` once the feed has named it. */
export interface BusinessFacts {
  readonly id: string;
  readonly suspended: boolean;
  stale: boolean;
}

/** What the product has noted on a token, in words of its own. */
export interface TokenLabels {
  readonly externalId: string | null;
  /** The text of a JSON object; null: none. */
  readonly metadata: string | null;
}

/** What is known of one token: all that a verdict needs, and nothing that a request could change. */
export interface TokenFacts {
  readonly id: string;
  readonly jti: string;
  /** 32 bytes as latin1. */
  readonly digest: string;
  readonly pepperId: string;
  readonly name: string | null;
  /** null: the product has noted nothing on it. */
  readonly labels: TokenLabels | null;
  readonly scopes: readonly string[];
  readonly trustedIps: readonly string[] | null;
  readonly business: BusinessFacts | null;
  readonly owner: OwnerFacts;
  readonly createdAtMs: number;
  /** When it expires, or its grace after a rotation ends, whichever comes first; Infinity: never. */
  readonly endsAtMs: number;
  readonly revoked: boolean;
  readonly usesLimited: boolean;
  /** When its use was last noted for `last_used_at`, in milliseconds of database time. */
  notedAtMs: number;
}
