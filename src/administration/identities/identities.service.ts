import { Injectable } from '@nestjs/common';
import type { AuditTarget } from '../../log-format/audit-event.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { demandAuthorityOver, demandMayGive } from '../../auth/principal.js';
import { isOfRole } from '../../auth/revokes.decorator.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { newId } from '../../common/new-id.js';
import type { Page } from '../../common/page.js';
import { IdentitiesRepository } from '../../directory/identities/identities.repository.js';
import type { Identity } from '../../directory/identities/identity.entity.js';
import { TokenRevocationService } from '../../revocations/token-revocation.service.js';
import {
  createdAtPage,
  type CreatedAtPageRequest,
  type CreatedAtQuery,
} from '../../directory/rows.repository.js';
import { beforeAndAfter } from '../before-and-after.js';
import { IdentityDto, type ChangeIdentityDto, type CreateIdentityDto } from './identity.dto.js';

/**
 * Machine identities. Disabling one revokes its tokens for good; enabling it again lets new ones be issued. Whatever
 * changes one is refused (`permission.denied`) to whoever has a lower role than it has, or is to have.
 */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly identities: IdentitiesRepository,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
  ) {}

  list(businessId: string, request: CreatedAtPageRequest): Promise<Page<IdentityDto>> {
    const read = (query: CreatedAtQuery) => this.identities.page(businessId, query);
    return createdAtPage(request, read, (identity) => IdentityDto.from(identity));
  }

  /** @throws DomainError `identity.not_found` */
  async get(businessId: string, id: string): Promise<Identity> {
    return (await this.identities.find(businessId, id)) ?? identityNotFound();
  }

  async create(caller: BusinessCaller, input: CreateIdentityDto): Promise<Identity> {
    demandAuthorityOver(caller.principal, input.role);
    demandMayGive(caller.principal, null, [input.role]);
    const { businessId } = caller;
    return this.changes.make(caller, businessId, 'unconcerned', async (change) => {
      const description = input.description ?? null;
      const identity = await this.identities.insert(
        { id: newId(), businessId, name: input.name, description, role: input.role },
        change.manager,
      );
      const details = { name: identity.name, description, role: identity.role };
      change.record({ action: 'identity.created', target: targetOf(identity.id), details });
      return identity;
    });
  }

  /** @throws DomainError `identity.not_found` */
  async change(caller: BusinessCaller, id: string, changes: ChangeIdentityDto): Promise<Identity> {
    const { businessId } = caller;
    const work = async (change: Change): Promise<Identity> => {
      const { manager } = change;
      const before = await this.identities.find(businessId, id, manager);
      if (before === null) return identityNotFound();
      demandAuthorityOver(caller.principal, before.role, changes.role);
      demandMayGive(caller.principal, before.role, [changes.role]);
      await this.identities.update(businessId, id, { ...changes }, manager);
      const after = (await this.identities.find(businessId, id, manager)) ?? identityNotFound();
      const named = ({ name, description, role }: Identity) => ({ name, description, role });
      const details = beforeAndAfter(named(before), named(after));
      change.record({ action: 'identity.changed', target: targetOf(id), details });
      return after;
    };
    return isOfRole(changes)
      ? this.changes.endEverywhere(caller, businessId, work)
      : this.changes.make(caller, businessId, 'wait', work);
  }

  /**
   * Disables the identity and revokes all its tokens in one transaction; resolves when every verifier refuses
   * them. Disabled already: nothing is changed or recorded.
   * @throws DomainError `identity.not_found`
   */
  disable(
    caller: BusinessCaller,
    id: string,
    reason: string | null,
  ): Promise<{ identity: Identity; tokensRevoked: number }> {
    return this.changes.endEverywhere(caller, caller.businessId, (change) =>
      this.disableIn(caller, id, reason, change),
    );
  }

  /** @throws DomainError `identity.not_found` */
  async enable(caller: BusinessCaller, id: string): Promise<Identity> {
    const { businessId } = caller;
    return this.changes.make(caller, businessId, 'unconcerned', async (change) => {
      const { manager } = change;
      const changed = await this.identities.setStatus(businessId, id, 'disabled', 'active', manager);
      const identity = (await this.identities.find(businessId, id, manager)) ?? identityNotFound();
      demandAuthorityOver(caller.principal, identity.role);
      demandMayGive(caller.principal, null, [identity.role]);
      const details = { name: identity.name };
      if (changed === 1) change.record({ action: 'identity.enabled', target: targetOf(id), details });
      return identity;
    });
  }

  private async disableIn(caller: BusinessCaller, id: string, reason: string | null, change: Change) {
    const { businessId } = caller;
    const { manager } = change;
    // First the identity: whoever is issuing it a token right now holds its lock, and that token must be seen below.
    const changed = await this.identities.setStatus(businessId, id, 'active', 'disabled', manager);
    const identity = (await this.identities.find(businessId, id, manager)) ?? identityNotFound();
    demandAuthorityOver(caller.principal, identity.role);
    if (changed === 0) return { identity, tokensRevoked: 0 };
    const revoked = await this.revocations.revokeAllOf(
      businessId,
      { identityId: id },
      caller,
      reason ?? 'identity disabled',
      change,
    );
    const tokensRevoked = revoked.length;
    const details = { name: identity.name, tokens_revoked: tokensRevoked };
    change.record({ action: 'identity.disabled', target: targetOf(id), reason, details });
    return { identity, tokensRevoked };
  }
}

function targetOf(id: string): AuditTarget {
  return { kind: 'identity', id };
}

function identityNotFound(): never {
  throw refusal('identity.not_found');
}
