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
interface SessionFacts {
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

/** Shared by all entries since everything was last forgotten; `stale` once everything is forgotten again. */
export interface MemoryEpoch {
  stale: boolean;
}

/** What tokens of one owner usually have in common: stored once for all of them. */
export interface SharedTokenFields extends Pick<
  TokenFacts,
  'pepperId' | 'scopes' | 'trustedIps' | 'business' | 'owner' | 'revoked' | 'usesLimited' | 'session'
> {
  readonly epoch: MemoryEpoch;
}

const ID_BYTES = 16;
const DIGEST_BYTES = 32;
/** Times are kept as whole seconds since then, so that V8 can store them as small integers. */
const EPOCH_MS = Date.UTC(2020, 0);

/** The facts of one token in as few bytes as their use allows: there may be a million of them. */
export class CachedToken implements TokenFacts {
  readonly jti: string;
  readonly name: string | null;
  readonly labels: TokenFacts['labels'];
  private readonly kind: SharedTokenFields;
  /** Id and digest as latin1. */
  private readonly bytes: string;
  private readonly createdAtS: number;
  private readonly createdMs: number;
  private readonly end: number | null;
  private notedAtS = 0;

  constructor(facts: TokenFacts, kind: SharedTokenFields) {
    this.jti = facts.jti;
    this.name = facts.name;
    this.labels = facts.labels;
    this.kind = kind;
    this.bytes = packed(facts.id, facts.digest);
    this.createdAtS = Math.floor((facts.createdAtMs - EPOCH_MS) / 1000);
    this.createdMs = facts.createdAtMs - EPOCH_MS - this.createdAtS * 1000;
    this.end = facts.endsAtMs === Infinity ? null : facts.endsAtMs;
  }

  /** Whether it has been forgotten: by itself, with its owner or business, or with everything. */
  get stale(): boolean {
    const { epoch, owner, business } = this.kind;
    return epoch.stale || owner.stale || (business !== null && business.stale);
  }

  get id(): string {
    const hex = Buffer.from(this.bytes.slice(0, ID_BYTES), 'latin1').toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  get digest(): string {
    return this.bytes.slice(ID_BYTES);
  }

  get pepperId(): string {
    return this.kind.pepperId;
  }

  get scopes(): readonly string[] {
    return this.kind.scopes;
  }

  get trustedIps(): readonly string[] | null {
    return this.kind.trustedIps;
  }

  get business(): BusinessFacts | null {
    return this.kind.business;
  }

  get owner(): OwnerFacts {
    return this.kind.owner;
  }

  get revoked(): boolean {
    return this.kind.revoked;
  }

  get usesLimited(): boolean {
    return this.kind.usesLimited;
  }

  get session(): SessionFacts | null {
    return this.kind.session;
  }

  get createdAtMs(): number {
    return EPOCH_MS + this.createdAtS * 1000 + this.createdMs;
  }

  get endsAtMs(): number {
    return this.end ?? Infinity;
  }

  /** Rounded down to the second. */
  get notedAtMs(): number {
    return EPOCH_MS + this.notedAtS * 1000;
  }

  set notedAtMs(ms: number) {
    this.notedAtS = Math.floor((ms - EPOCH_MS) / 1000);
  }
}

const scratch = Buffer.alloc(ID_BYTES + DIGEST_BYTES);

/** A flat string: a concatenated one would keep its parts in memory. */
function packed(id: string, digest: string): string {
  scratch.write(id.replaceAll('-', ''), 'hex');
  return scratch.toString('latin1', 0, ID_BYTES + scratch.write(digest, ID_BYTES, 'latin1'));
}
