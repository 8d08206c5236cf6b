import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { refusal } from '../../common/errors/domain-error.js';
import { httpConfig } from '../../config/http.config.js';
import { oidcConfig } from '../../config/oidc.config.js';
import { OidcProvider } from './oidc-provider.js';

/** The providers of RESCIND_OIDC_PROVIDERS. */
@Injectable()
export class OidcProviders {
  private readonly byId: ReadonlyMap<string, OidcProvider>;

  constructor(
    @Inject(oidcConfig.KEY) { providers }: ConfigType<typeof oidcConfig>,
    @Inject(httpConfig.KEY) { publicUrl }: ConfigType<typeof httpConfig>,
  ) {
    this.byId = new Map(providers.map((each) => [each.id, new OidcProvider(each, publicUrl ?? '')]));
  }

  /** @throws DomainError `route.not_found` */
  get(id: string): OidcProvider {
    const provider = this.byId.get(id);
    if (provider === undefined) throw refusal('route.not_found');
    return provider;
  }

  byIssuer(issuer: string): OidcProvider | undefined {
    return [...this.byId.values()].find(({ settings }) => settings.issuer === issuer);
  }
}
