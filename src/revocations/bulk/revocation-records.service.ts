import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { refusal } from '../../common/errors/domain-error.js';
import { isInstant } from '../../common/instant.js';
import {
  cutPage,
  decodeCursor,
  type CursorPosition,
  type Page,
  type PageDirection,
} from '../../common/page.js';
import type { BarrierFacts } from '../../lease/barrier-facts.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { KeptBarriers } from '../receipts/kept-barriers.repository.js';
import { ownTokens } from '../../token-rows/token-access.js';
import { isOwnedBy } from '../../token-rows/token-owner.js';
import type { Token } from '../../token-rows/token.entity.js';
import {
  RevocationRecordsRepository,
  listedUntil,
  type RevocationRecord,
} from './revocation-records.repository.js';
import { seesAllRevocations } from './revocation-terms.js';

/** A revocation, and what was waited for until it was in effect everywhere; null: nothing yet, or that was not kept. */
export interface TracedRevocation extends RevocationRecord {
  barrier: BarrierFacts | null;
  auditSequence: number | null;
}

interface PageRequest {
  limit: number;
  cursor?: string | undefined;
  direction: PageDirection;
}

/** Revocations of many tokens, as far as the caller may see them. */
@Injectable()
export class RevocationRecords {
  constructor(
    private readonly records: RevocationRecordsRepository,
    private readonly barriers: KeptBarriers,
    private readonly clock: DatabaseClock,
  ) {}

  /** Newest first: those of the business, or those of the caller's own owner for whoever sees no others. */
  async list(caller: Caller, request: PageRequest): Promise<Page<RevocationRecord>> {
    const own = caller.principal.token.owner.id;
    if (!seesAllRevocations(caller) && own === null)
      return pageOf(
        'revoked_at',
        request,
        ({ at }: RevocationRecord) => at,
        () => Promise.resolve([]),
      );
    const subject = seesAllRevocations(caller) ? null : own;
    return pageOf(
      'revoked_at',
      request,
      ({ at }) => at,
      (query) => this.records.page(caller.businessId, subject, query),
    );
  }

  /** @throws DomainError `revocation.not_found` for one that the caller may not see as well */
  async get(caller: Caller, id: string): Promise<TracedRevocation> {
    const { businessId } = caller;
    const record = await this.demand(caller, id);
    const barrier = await this.barriers.kept(businessId, id);
    return { ...record, barrier, auditSequence: await this.records.sequenceOf(businessId, id) };
  }

  /**
   * The tokens that are marked so far, oldest first. Whoever asked for them and may not read others' any more is shown their own.
   * @throws DomainError `revocation.not_found`; `revocation.tokens_dropped` for selected ones, 90 days after they were all revoked
   */
  async tokens(caller: Caller, id: string, request: PageRequest): Promise<Page<Token>> {
    const page = await pageOf<Token>(
      'created_at',
      request,
      (token) => token.createdAt,
      async (query) => this.records.tokens(caller.businessId, await this.demandListed(caller, id), query),
    );
    if (seesAllRevocations(caller)) return page;
    const own = ownTokens(caller.principal);
    return { ...page, items: page.items.filter((token) => isOwnedBy(own, token)) };
  }

  private async demandListed(caller: Caller, id: string): Promise<RevocationRecord> {
    const record = await this.demand(caller, id);
    const until = listedUntil(record);
    if (until !== null && until.getTime() <= this.clock.nowMs()) throw refusal('revocation.tokens_dropped');
    return record;
  }

  private async demand(caller: Caller, id: string): Promise<RevocationRecord> {
    const record = await this.records.find(caller.businessId, id);
    const own = caller.principal.token.owner.id;
    if (record === null || (!seesAllRevocations(caller) && (own === null || record.subject !== own)))
      throw refusal('revocation.not_found');
    return record;
  }
}

/** @throws DomainError `cursor.invalid` */
async function pageOf<Row extends { id: string }>(
  sort: string,
  { limit, cursor, direction }: PageRequest,
  timeOf: (row: Row) => Date,
  read: (query: { limit: number; direction: PageDirection; after: CursorPosition | null }) => Promise<Row[]>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? null : decodeCursor(cursor, sort, isInstant);
  const rows = await read({ limit, direction, after });
  const positionOf = (row: Row): CursorPosition => ({ sort, value: timeOf(row).toISOString(), id: row.id });
  return cutPage(rows, { limit, direction, cursorGiven: after !== null, positionOf });
}
