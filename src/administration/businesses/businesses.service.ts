import { Injectable } from '@nestjs/common';
import type { AuditContext } from '../../audit/trail/audit-draft.js';
import type { AuditTarget } from '../../log-format/audit-event.js';
import type { Caller } from '../../auth/caller.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { driverCodeOf } from '../../common/errors/driver-error.js';
import { newId } from '../../common/new-id.js';
import type { Page } from '../../common/page.js';
import type { Business, BusinessStatus, TokenPolicy } from '../../directory/businesses/business.entity.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { beforeAndAfter, given } from '../before-and-after.js';
import { createdAtPage, type CreatedAtPageRequest } from '../../directory/rows.repository.js';
import {
  BusinessDto,
  type ChangeBusinessDto,
  TokenPolicyDto,
  type CreateBusinessDto,
} from './business.dto.js';

/** @throws DomainError `input.invalid` for a warning that would come before the token is unused at all */
function demandPolicy({ tokenUnusedDaysMax, tokenUnusedNoticeDays }: TokenPolicy): void {
  if (tokenUnusedDaysMax === null || tokenUnusedNoticeDays < tokenUnusedDaysMax) return;
  const msg = `token_unused_notice_days (${tokenUnusedNoticeDays}) should be less than token_unused_days_max`;
  throw refusal('input.invalid', {
    issues: [{ loc: ['body', 'token_unused_days_max'], msg, type: 'value_error' }],
  });
}

/** What can be changed of a business, as the log names it. */
function changeable(business: Business) {
  return {
    name: business.name,
    slug: business.slug,
    token_prefix: business.tokenPrefix,
    leak_policy: business.leakPolicy,
    ...TokenPolicyDto.policyOf(business),
    approval_above: business.approvalAbove,
  };
}

const shown = (business: Business): BusinessDto => BusinessDto.from(business);

const UNIQUE_VIOLATION = '23505';

/** The tenants, as the platform administers them. Their events stand in the log of the business itself. */
@Injectable()
export class BusinessesService {
  constructor(
    private readonly businesses: BusinessesRepository,
    private readonly changes: Changes,
    private readonly demands: ScopeDemands,
  ) {}

  list(request: CreatedAtPageRequest & { name?: string; slug?: string }): Promise<Page<BusinessDto>> {
    const { name, slug } = request;
    return createdAtPage(request, (query) => this.businesses.page({ ...query, name, slug }), shown);
  }

  /**
   * Those that the caller may act in: the business of their token, or all for the platform.
   * @throws DomainError `permission.denied` for a platform token that administers nothing
   */
  async listOf({ principal }: Caller, request: CreatedAtPageRequest): Promise<Page<BusinessDto>> {
    const { businessId } = principal;
    if (businessId !== null)
      return createdAtPage(
        request,
        async ({ after }) => (after === null ? [await this.get(businessId)] : []),
        shown,
      );
    this.demands.demand(principal, 'rescind:platform:admin');
    return this.list(request);
  }

  /** @throws DomainError `business.not_found` */
  async get(id: string): Promise<Business> {
    return (await this.businesses.find(id)) ?? businessNotFound();
  }

  /** @throws DomainError `business.slug_taken` */
  async create(input: CreateBusinessDto, author: AuditContext): Promise<Business> {
    const id = newId();
    const business = {
      id,
      name: input.name,
      slug: input.slug ?? slugOf(input.name, id),
      tokenPrefix: input.token_prefix ?? 'dz',
    };
    return refusingTakenSlugs(() =>
      this.changes.make(author, id, 'unconcerned', async (change) => {
        const created = await this.businesses.insert(business, change.manager);
        const details = { name: created.name, slug: created.slug, token_prefix: created.tokenPrefix };
        change.record({ action: 'business.created', target: targetOf(id), details });
        return created;
      }),
    );
  }

  /**
   * Once it has answered, nothing is issued, rotated or renewed past the policy that it sets: whoever does any of these waits for the log that it holds.
   * @throws DomainError `business.not_found`, `business.slug_taken`, `input.invalid`
   */
  async change(id: string, input: ChangeBusinessDto, author: AuditContext): Promise<Business> {
    const changes = given({
      name: input.name,
      slug: input.slug,
      tokenPrefix: input.token_prefix,
      leakPolicy: input.leak_policy,
      tokenLifetimeDaysMax: input.token_lifetime_days_max,
      tokenExpiryRequired: input.token_expiry_required,
      tokenUnusedDaysMax: input.token_unused_days_max,
      tokenUnusedNoticeDays: input.token_unused_notice_days,
      tokenRotationDays: input.token_rotation_days,
      approvalAbove: input.approval_above,
    });
    if (Object.keys(changes).length === 0) return this.get(id);
    await refusingTakenSlugs(() =>
      this.changes.make(author, id, 'unconcerned', async (change) => {
        const { manager } = change;
        const before = (await this.businesses.find(id, manager)) ?? businessNotFound();
        const after = { ...before, ...changes };
        demandPolicy(after);
        await this.businesses.update(id, changes, {}, manager);
        const details = beforeAndAfter(changeable(before), changeable(after));
        change.record({ action: 'business.changed', target: targetOf(id), details });
      }),
    );
    return this.get(id);
  }

  /** All tokens of the business answer inactive from now on, on every verifier, until it is resumed. */
  suspend(id: string, reason: string | null, author: AuditContext): Promise<Business> {
    return this.switch(id, 'active', 'suspended', reason, author);
  }

  /** Ends a suspension. What was revoked or has expired meanwhile stays so. */
  resume(id: string, author: AuditContext): Promise<Business> {
    return this.switch(id, 'suspended', 'active', null, author);
  }

  /** A repeated call changes and records nothing, but waits like the first. @throws DomainError `business.not_found` */
  private async switch(
    id: string,
    from: BusinessStatus,
    to: BusinessStatus,
    reason: string | null,
    author: AuditContext,
  ): Promise<Business> {
    return this.changes.endEverywhere(author, id, async (change) => {
      const changed = await this.businesses.update(id, { status: to }, { status: from }, change.manager);
      const business = (await this.businesses.find(id, change.manager)) ?? businessNotFound();
      const action = to === 'suspended' ? 'business.suspended' : 'business.resumed';
      if (changed === 1)
        change.record({ action, target: targetOf(id), reason, details: { name: business.name } });
      return business;
    });
  }
}

function targetOf(id: string): AuditTarget {
  return { kind: 'business', id };
}

/** The name in small letters and hyphens; with the end of the id behind it, because names need not be unique. */
function slugOf(name: string, id: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 50);
  return `${words === '' ? 'business' : words.replace(/-$/, '')}-${id.slice(-8)}`;
}

async function refusingTakenSlugs<Result>(change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (driverCodeOf(error) === UNIQUE_VIOLATION) throw refusal('business.slug_taken');
    throw error;
  }
}

function businessNotFound(): never {
  throw refusal('business.not_found');
}
