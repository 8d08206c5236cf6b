import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { buildEndSessionUrl } from 'openid-client';
import { oidcConfig } from '../config/oidc.config.js';
import { type SignIn, type SignInProvider, type SignInWay, SignInWays } from '../sessions/sign-in.js';
import { OidcProviders } from './providers/oidc-providers.js';

/** Tells the page on which people sign in, and sign out, which providers there are. */
@Injectable()
export class ProviderSignInWay implements SignInWay, OnModuleInit {
  constructor(
    private readonly ways: SignInWays,
    private readonly known: OidcProviders,
    @Inject(oidcConfig.KEY) private readonly config: ConfigType<typeof oidcConfig>,
  ) {}

  onModuleInit(): void {
    this.ways.add(this);
  }

  providers(): SignInProvider[] {
    return this.config.providers.map(({ id, name }) => ({ id, name }));
  }

  takesRecoveryCodes(): boolean {
    return true;
  }

  /**
   * OpenID Connect RP-Initiated Logout 1.0 §2, without an ID token, which would have to be kept for it: the provider may ask
   * whether to sign out. Null also while the provider's metadata are not known.
   */
  async logoutUrlOf({ issuer }: SignIn): Promise<string | null> {
    const provider = issuer === undefined ? undefined : this.known.byIssuer(issuer);
    if (provider?.settings.postLogout !== true) return null;
    try {
      const { configuration } = await provider.ask();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return buildEndSessionUrl(configuration, { post_logout_redirect_uri: provider.signedOutUri }).href;
    } catch {
      return null;
    }
  }
}
