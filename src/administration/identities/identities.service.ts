import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditTrail } from '../../audit/trail/audit-trail.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { newId } from '../../common/new-id.js';
import type { Page } from '../../common/page.js';
import { IdentitiesRepository } from '../../identities/identities.repository.js';
import type { Identity } from '../../identities/identity.entity.js';
import { Barrier } from '../../revocation/barrier.js';
import { TokenRevocationService } from '../../tokens/token-revocation.service.js';
import { demandOwnership } from '../members/members.service.js';
import { peoplePage, type PeopleListRequest } from '../people-page.js';
import type { ChangeIdentityDto, CreateIdentityDto } from './identity.dto.js';

/** Machine identities. Disabling one revokes its tokens for good; enabling it again lets new ones be issued. */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly identities: IdentitiesRepository,
    private readonly revocations: TokenRevocationService,
    private readonly trail: AuditTrail,
    private readonly barrier: Barrier,
  ) {}

  list(businessId: string, request: PeopleListRequest): Promise<Page<Identity>> {
    return peoplePage(request, (query) => this.identities.page(businessId, query));
  }

  /** @throws DomainError `identity.not_found` */
  async get(businessId: string, id: string): Promise<Identity> {
    return (await this.identities.find(businessId, id)) ?? notFound();
  }

  async create(caller: BusinessCaller, input: CreateIdentityDto): Promise<Identity> {
    demandOwnership(caller, input.role);
    const { businessId } = caller;
    return this.dataSource.transaction(async (manager) => {
      const description = input.description ?? null;
      const identity = await this.identities.insert(
        { id: newId(), businessId, name: input.name, description, role: input.role },
        manager,
      );
      await this.trail.record(
        {
          ...eventOf(caller, identity.id),
          action: 'identity.created',
          details: { name: identity.name, role: identity.role },
        },
        manager,
      );
      return identity;
    });
  }

  /** @throws DomainError `identity.not_found` */
  async change(caller: BusinessCaller, id: string, changes: ChangeIdentityDto): Promise<Identity> {
    const { businessId } = caller;
    const { identity, transactionId } = await this.dataSource.transaction(async (manager) => {
      const before = await this.identities.find(businessId, id, manager);
      if (before === null) return notFound();
      demandOwnership(caller, before.role, changes.role);
      await this.identities.update(businessId, id, { ...changes }, manager);
      const after = (await this.identities.find(businessId, id, manager)) ?? notFound();
      const event = await this.trail.record(
        {
          ...eventOf(caller, id),
          action: 'identity.changed',
          details: { name_before: before.name, name_after: after.name },
        },
        manager,
      );
      return { identity: after, transactionId: event.transactionId };
    });
    await this.barrier.wait(transactionId);
    return identity;
  }

  /**
   * Disables the identity and revokes all its tokens in one transaction; resolves when every verifier refuses
   * them. Disabled already: nothing is changed or recorded.
   * @throws DomainError `identity.not_found`
   */
  async disable(
    caller: BusinessCaller,
    id: string,
    reason: string | null,
  ): Promise<{ identity: Identity; tokensRevoked: number }> {
    const { transactionId, ...disabled } = await this.dataSource.transaction((manager) =>
      this.disableIn(caller, id, reason, manager),
    );
    await this.barrier.wait(transactionId);
    return disabled;
  }

  /** @throws DomainError `identity.not_found` */
  async enable(caller: BusinessCaller, id: string): Promise<Identity> {
    const { businessId } = caller;
    return this.dataSource.transaction(async (manager) => {
      const changed = await this.identities.setStatus(businessId, id, 'disabled', 'active', manager);
      const identity = (await this.identities.find(businessId, id, manager)) ?? notFound();
      if (changed === 1) {
        await this.trail.record(
          { ...eventOf(caller, id), action: 'identity.enabled', details: { name: identity.name } },
          manager,
        );
      }
      return identity;
    });
  }

  private async disableIn(caller: BusinessCaller, id: string, reason: string | null, manager: EntityManager) {
    const { businessId } = caller;
    // First the identity: whoever is issuing it a token right now holds its lock, and that token must be seen below.
    const changed = await this.identities.setStatus(businessId, id, 'active', 'disabled', manager);
    const identity = (await this.identities.find(businessId, id, manager)) ?? notFound();
    if (changed === 0)
      return { identity, tokensRevoked: 0, transactionId: await currentTransaction(manager) };
    const tokensRevoked = await this.revocations.revokeAllOf(
      businessId,
      { identityId: id },
      caller,
      reason ?? 'identity disabled',
      manager,
    );
    const event = await this.trail.record(
      {
        ...eventOf(caller, id),
        action: 'identity.disabled',
        reason,
        details: { name: identity.name, tokens_revoked: tokensRevoked },
      },
      manager,
    );
    return { identity, tokensRevoked, transactionId: event.transactionId };
  }
}

function eventOf({ businessId, actor, request }: BusinessCaller, id: string) {
  return { businessId, actor, request, target: { kind: 'identity' as const, id } };
}

/** A transaction that comes after every change made so far, for the barrier of a repeated call. */
async function currentTransaction(manager: EntityManager): Promise<string> {
  const [row] = await manager.query<{ id: string }[]>('SELECT pg_current_xact_id()::text AS id');
  return row?.id ?? '0';
}

function notFound(): never {
  throw new DomainError('identity.not_found', 'Resource not found');
}
