import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { BusinessCaller } from '../../auth/caller.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { policyConfig } from '../../config/policy.config.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { isManagementScope } from '../../verification/scopes.js';
import { exists } from '../../tokens/grantable-scopes.js';

/** Which scopes of the product developers may give who have signed in without a token (docs/adr/0082). */
@Injectable()
export class DeveloperScopesService {
  constructor(
    private readonly businesses: BusinessesRepository,
    private readonly changes: Changes,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /**
   * Sets them. Once it has answered, nothing is issued past them: whoever issues waits for the log that it holds. Tokens
   * that were issued before keep their scopes. For administrators, who have every scope of the product themselves.
   * @returns them, each once
   * @throws DomainError `input.invalid` for a scope of Rescind's own, and for one that does not exist
   */
  async set(caller: BusinessCaller, wanted: readonly string[]): Promise<string[]> {
    this.demandOfProduct(wanted);
    const { businessId } = caller;
    const developerScopes = [...new Set(wanted)];
    const { result } = await this.changes.commitEnd(caller, businessId, async (change) => {
      const { manager } = change;
      const before = await this.businesses.find(businessId, manager);
      if (before === null) throw refusal('business.not_found');
      await this.businesses.update(businessId, { developerScopes }, {}, manager);
      change.record({
        action: 'developer_scopes.changed',
        target: { kind: 'business', id: businessId },
        details: { scopes_before: before.developerScopes, scopes_after: developerScopes },
      });
      return developerScopes;
    });
    return result;
  }

  private demandOfProduct(scopes: readonly string[]): void {
    const issues = scopes.flatMap((scope, index) =>
      exists(scope, this.policy.scopeCatalogue) && !isManagementScope(scope)
        ? []
        : [
            {
              loc: ['body', 'scopes', index],
              msg: 'Input should be a scope of the product that exists',
              type: 'enum',
            },
          ],
    );
    if (issues.length > 0) throw refusal('input.invalid', { issues });
  }
}
