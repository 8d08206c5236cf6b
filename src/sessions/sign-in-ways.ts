import { Injectable } from '@nestjs/common';
import type { SignIn } from './sign-in.js';

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
