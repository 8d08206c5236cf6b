import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { BusinessCaller } from '../../auth/caller.js';
import { KeptAnswers } from '../../common/kept-answers.js';
import { policyConfig } from '../../config/policy.config.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { authorityAllows } from '../../verification/effective-scopes.js';
import {
  covers,
  isManagementScope,
  MANAGEMENT_SCOPE_SENTENCES,
  MANAGEMENT_SCOPES,
  PLATFORM_ADMIN,
} from '../../verification/scopes.js';
import { givenBy } from '../../tokens/grantable-scopes.js';
import { readableTokens } from '../../token-rows/token-access.js';
import type { ScopeCatalogueDto } from './scope-catalogue.dto.js';
import { UsedScopesRepository, type UsedScopes } from './used-scopes.repository.js';

/** However many people look at it. */
const KEEP_MS = 3000;
const KEPT_MAX = 1000;

/** The scopes to choose from when a token is issued. What may be granted is decided when it is. */
@Injectable()
export class ScopeCatalogueService {
  private readonly used = new KeptAnswers<UsedScopes>(KEEP_MS, KEPT_MAX);

  constructor(
    private readonly repository: UsedScopesRepository,
    private readonly businesses: BusinessesRepository,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /** Of scopes in use, a caller is told of those alone that tokens carry which they may read. */
  async get(caller: BusinessCaller): Promise<ScopeCatalogueDto> {
    const { scopeCatalogue } = this.policy;
    const { principal } = caller;
    const used = await this.usedBy(caller);
    const inUse = new Set(used.scopes);
    const own = principal.scopes.filter((scope) => !isManagementScope(scope));
    const { developerScopes = [] } = (await this.businesses.find(caller.businessId)) ?? {};
    const known = scopeCatalogue.length > 0 ? scopeCatalogue : [...own, ...inUse, ...developerScopes];
    const given = givenBy(principal, developerScopes);
    const grantable = (scope: string): boolean =>
      covers(given, scope) && authorityAllows(principal.authority, scope);
    return {
      management: MANAGEMENT_SCOPES.filter((scope) => scope !== PLATFORM_ADMIN).map((scope) => ({
        scope,
        description: MANAGEMENT_SCOPE_SENTENCES[scope],
        grantable: grantable(scope),
      })),
      product: [...new Set(known)].sort().map((scope) => ({
        scope,
        in_use: inUse.has(scope),
        grantable: grantable(scope),
      })),
      developer_scopes: developerScopes,
      others_exist: scopeCatalogue.length === 0,
      exceeded: used.exceeded,
    };
  }

  private usedBy(caller: BusinessCaller): Promise<UsedScopes> {
    const { businessId } = caller;
    const owner = readableTokens(caller);
    return this.used.of(JSON.stringify([businessId, owner]), () => this.repository.newest(businessId, owner));
  }
}
