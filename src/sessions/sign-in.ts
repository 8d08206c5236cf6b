import { Injectable } from '@nestjs/common';

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

/** A provider that people can be sent to. */
export interface SignInProvider {
  id: string;
  name: string;
}

/** What a way of signing in adds to that by token. Asked each time. */
export interface SignInWay {
  /** The providers that it offers. */
  providers?(): readonly SignInProvider[];
  /** Whether it takes recovery codes. */
  takesRecoveryCodes?(): boolean;
  /** Where a browser goes to sign out at the provider as well; null: nowhere. */
  logoutUrlOf?(signIn: SignIn): string | null | Promise<string | null>;
}

/** The ways in which people can sign in here. Modules of upper layers add theirs when they start. */
@Injectable()
export class SignInWays {
  private readonly ways: SignInWay[] = [];

  add(way: SignInWay): void {
    this.ways.push(way);
  }

  get providers(): SignInProvider[] {
    return this.ways.flatMap((way) => [...(way.providers?.() ?? [])]);
  }

  get takesRecoveryCodes(): boolean {
    return this.ways.some((way) => way.takesRecoveryCodes?.() === true);
  }

  async logoutUrlOf(signIn: SignIn): Promise<string | null> {
    for (const way of this.ways) {
      const url = (await way.logoutUrlOf?.(signIn)) ?? null;
      if (url !== null) return url;
    }
    return null;
  }
}
