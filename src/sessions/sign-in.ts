/** How the person of a session signed in. */
export interface SignIn {
  method: SignInMethod;
  /** What the provider calls itself; as the two below, of OpenID Connect. */
  issuer?: string;
  /** What the provider calls the person. */
  subject?: string;
  /** What the provider calls its own session. */
  sid?: string;
  /** The token that the session is opened with, and with which it ends. */
  tokenId?: string;
}

export const SIGN_IN_METHODS = ['token', 'oidc', 'recovery_code'] as const;
export type SignInMethod = (typeof SIGN_IN_METHODS)[number];

/** Whose session it is. */
export type SessionOwner =
  | { kind: 'user'; businessId: string; memberId: string }
  | { kind: 'identity'; businessId: string; identityId: string }
  | {
      kind: 'platform';
      /** The person, where one is known by name. */
      issuedTo: string | null;
      /** The business to which the platform bound a token that belongs to nobody; left out: none. */
      businessId?: string;
    };
