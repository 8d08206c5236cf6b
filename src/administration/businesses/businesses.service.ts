import { Injectable } from '@nestjs/common';
import type { Author } from '../../audit/trail/audit-draft.js';
import type { AuditTarget } from '../../audit/trail/audit-event.js';
import { Changes } from '../../changes/changes.js';
import { BusinessesRepository } from '../../businesses/businesses.repository.js';
import type { Business, BusinessStatus } from '../../businesses/business.entity.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { driverCodeOf } from '../../common/errors/driver-error.js';
import { newId } from '../../common/new-id.js';
import type { Page } from '../../common/page.js';
import { peoplePage, type PeopleListRequest } from '../people-page.js';
import type { ChangeBusinessDto, CreateBusinessDto } from './business.dto.js';

const UNIQUE_VIOLATION = '23505';

/** The tenants, as the platform administers them. Their events stand in the log of the business itself. */
@Injectable()
export class BusinessesService {
  constructor(
    private readonly businesses: BusinessesRepository,
    private readonly changes: Changes,
  ) {}

  list(request: PeopleListRequest): Promise<Page<Business>> {
    return peoplePage(request, (query) => this.businesses.page(query));
  }

  /** @throws DomainError `business.not_found` */
  async get(id: string): Promise<Business> {
    return (await this.businesses.find(id)) ?? notFound();
  }

  /** @throws DomainError `business.slug_taken` */
  async create(input: CreateBusinessDto, author: Author): Promise<Business> {
    const id = newId();
    const business = {
      id,
      name: input.name,
      slug: input.slug ?? slugOf(input.name, id),
      tokenPrefix: input.token_prefix ?? 'dz',
    };
    return refusingTakenSlugs(() =>
      this.changes.make(author, id, async (change) => {
        const created = await this.businesses.insert(business, change.manager);
        const details = { name: created.name, slug: created.slug, token_prefix: created.tokenPrefix };
        change.record({ action: 'business.created', target: targetOf(id), details });
        return created;
      }),
    );
  }

  /** @throws DomainError `business.not_found`, `business.slug_taken` */
  async change(id: string, input: ChangeBusinessDto, author: Author): Promise<Business> {
    const changes = {
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.slug === undefined ? {} : { slug: input.slug }),
      ...(input.token_prefix === undefined ? {} : { tokenPrefix: input.token_prefix }),
    };
    if (Object.keys(changes).length === 0) return this.get(id);
    await refusingTakenSlugs(() =>
      this.changes.make(author, id, async (change) => {
        if ((await this.businesses.update(id, changes, {}, change.manager)) === 0) notFound();
        const details = {
          changed: Object.keys(input).filter(
            (field) => input[field as keyof ChangeBusinessDto] !== undefined,
          ),
        };
        change.record({ action: 'business.changed', target: targetOf(id), details });
      }),
    );
    return this.get(id);
  }

  /** All tokens of the business answer inactive from now on, on every verifier, until it is resumed. */
  suspend(id: string, reason: string | null, author: Author): Promise<Business> {
    return this.switch(id, 'active', 'suspended', reason, author);
  }

  /** Ends a suspension. What was revoked or has expired meanwhile stays so. */
  resume(id: string, author: Author): Promise<Business> {
    return this.switch(id, 'suspended', 'active', null, author);
  }

  /** A repeated call changes and records nothing, but waits like the first. @throws DomainError `business.not_found` */
  private async switch(
    id: string,
    from: BusinessStatus,
    to: BusinessStatus,
    reason: string | null,
    author: Author,
  ): Promise<Business> {
    return this.changes.endEverywhere(author, id, async (change) => {
      const changed = await this.businesses.update(id, { status: to }, { status: from }, change.manager);
      const business = (await this.businesses.find(id, change.manager)) ?? notFound();
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
    if (driverCodeOf(error) === UNIQUE_VIOLATION)
      throw new DomainError('business.slug_taken', 'Another business has this slug.');
    throw error;
  }
}

function notFound(): never {
  throw new DomainError('business.not_found', 'Resource not found');
}
