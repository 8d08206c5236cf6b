import type { VerdictLabels } from '../token-schema/token-schema.js';
import type { Role } from '../directory/members/role.js';

/** Shared by all tokens of one owner; `stale` once the feed has named it. */
export interface OwnerFacts {
  readonly kind: 'user' | 'identity' | 'platform';
  /** null for the platform. */
  readonly id: string | null;
  readonly name: string;
  readonly email: string | null;
  /** The person to whom a platform token was issued; null: no named person. */
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

/** What makes a token a session; shared by nothing else. */
export interface SessionFacts {
  /** The token that it was opened with, with which it ends; null: none. */
  readonly openedWith: string | null;
}

/** What is known about one token: everything that a verdict needs, and nothing that depends on the request. */
export interface TokenFacts {
  readonly id: string;
  readonly jti: string;
  /** 32 bytes as latin1. */
  readonly digest: string;
  readonly pepperId: string;
  readonly name: string | null;
  /** null: the product has set none. */
  readonly labels: Readonly<VerdictLabels> | null;
  readonly scopes: readonly string[];
  readonly trustedIps: readonly string[] | null;
  readonly business: BusinessFacts | null;
  readonly owner: OwnerFacts;
  readonly createdAtMs: number;
  /** null: an API token. */
  readonly session: SessionFacts | null;
  /**
   * When it expires, or its grace after a rotation ends, whichever comes first; Infinity: never. A session ends no later than this,
   * as far as it is known: who uses it moves its idle end, so beyond this it is looked up again.
   */
  readonly endsAtMs: number;
  readonly revoked: boolean;
  readonly usesLimited: boolean;
  /** When its use was last noted for `last_used_at`, in milliseconds of database time. */
  notedAtMs: number;
}
