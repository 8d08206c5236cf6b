export interface VerifiedOwner {
  readonly kind: 'user' | 'identity' | 'platform';
  /** null for the platform. */
  readonly id: string | null;
  readonly name: string;
  readonly email: string | null;
  readonly role: string | null;
}

/** A good secret: for whom, and for what. As `POST /api/v1/tokens/verify` answers; frozen, and shared between answers. */
export interface ActiveVerdict {
  readonly active: true;
  readonly id: string;
  readonly jti: string;
  readonly business_id: string;
  readonly owner: VerifiedOwner;
  readonly name: string | null;
  /** What your product calls whom or what it is for. Noted by whoever may change the token: it proves nothing. */
  readonly external_id: string | null;
  /** What your product notes on it, frozen as well; as little a proof. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** What it can do: its scopes, as far as its owner's role allows them. */
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly created_at: string;
}

/** Why a secret is not good; the words of Rescind. */
export type InactiveReason =
  | 'revoked'
  | 'expired'
  | 'suspended'
  | 'exhausted'
  | 'unknown'
  | 'malformed'
  | 'insufficient_scope'
  | 'ip_not_allowed';

/** `unavailable`: nobody could be asked. It says nothing about the secret. */
export interface InactiveVerdict {
  readonly active: false;
  readonly reason: InactiveReason | 'unavailable';
}

export type Verdict = ActiveVerdict | InactiveVerdict;

const inactiveVerdicts = new Map<InactiveVerdict['reason'], InactiveVerdict>();

export function inactive(reason: InactiveVerdict['reason']): InactiveVerdict {
  let verdict = inactiveVerdicts.get(reason);
  if (verdict === undefined) {
    verdict = Object.freeze({ active: false, reason });
    if (inactiveVerdicts.size < 100) inactiveVerdicts.set(reason, verdict);
  }
  return verdict;
}
