export interface VerifiedOwner {
  readonly kind: 'user' | 'identity' | 'platform';
  /** null for the platform. */
  readonly id: string | null;
  readonly name: string;
  readonly email: string | null;
  readonly role: string | null;
}

/**
 * The verdict on an active secret: for whom, and for what. As answered by `POST /api/v1/tokens/verify`; frozen, and
 * shared between answers.
 */
export interface ActiveVerdict {
  readonly active: true;
  readonly id: string;
  readonly jti: string;
  readonly business_id: string;
  readonly owner: VerifiedOwner;
  readonly name: string | null;
  /** Your product's own id for whom or what it is for. Whoever may change the token chooses it: it proves nothing. */
  readonly external_id: string | null;
  /** Your product's own data on it, also frozen; it proves nothing either. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** What it can do: its scopes, as far as its owner's role allows them. */
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly created_at: string;
}

/** Why a secret is not good, with the reasons of Rescind. */
export type InactiveReason =
  | 'revoked'
  | 'expired'
  | 'suspended'
  | 'exhausted'
  | 'unknown'
  | 'malformed'
  | 'insufficient_scope'
  | 'ip_not_allowed';

/** `unavailable`: no server could be asked. It says nothing about the secret. */
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
