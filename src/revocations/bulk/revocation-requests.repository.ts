import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { queryPrepared, queryPreparedIn, queryPreparedOn, sessionOf } from '../../database/prepared.js';
import { RevokeLane } from '../../database/revoke-lane.js';
import { acrossBusinesses, inBusiness, PLATFORM_ROWS } from '../../database/row-access.js';
import type { Role } from '../../directory/members/role.js';
import {
  ADD_GRACES,
  APPROVE_REQUEST,
  COUNT_MATCHED,
  DECLINE_REQUEST,
  EXPIRE_REQUEST,
  FIND_ASKERS_ROLE,
  FIND_OPEN,
  FIND_REQUEST,
  FINISH_REQUEST,
  HAVE_MADE_EACH_OTHER,
  HOLD_REQUEST,
  INSERT_REQUEST,
  IS_DUE,
  LINEAGES,
  LOCK_DUE,
  NOTE_MARKED,
  type LineageRow,
  type OpenRow,
  type RequestRow,
} from './revocation-requests.sql.js';
import type { ApprovalBarDto } from './revocation.dto.js';
import type { RevocationTerms } from './revocation-terms.js';
import { conditionsOf, isBelowOwners, type Matched } from './survey.sql.js';
import { cutOffsInForce } from './surveys.repository.js';

export interface NewRequest {
  id: string;
  businessId: string | null;
  terms: RevocationTerms;
  askedBy: string;
  askedByToken: string;
  askedByOwner: string | null;
  tokensMatched: number;
  fingerprint: Buffer | null;
  /** null: it is being made. */
  approvalSeconds: number | null;
  breakGlass: boolean;
}

/** Rows of revocation_requests and of the sets of tokens that they mean. */
@Injectable()
export class RevocationRequestsRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lane: RevokeLane,
  ) {}

  /** @returns until when it may be approved; null: it is being made */
  async insert(request: NewRequest, manager: EntityManager): Promise<Date | null> {
    const { id, businessId, terms, askedBy, askedByToken, askedByOwner } = request;
    const [row] = await queryPreparedIn<{ expiresAt: Date | null }>(manager, INSERT_REQUEST, [
      id,
      businessId ?? PLATFORM_ROWS,
      terms.kind,
      JSON.stringify(terms),
      terms.reason,
      askedBy,
      askedByToken,
      askedByOwner,
      request.tokensMatched,
      request.fingerprint,
      request.approvalSeconds,
      request.breakGlass,
    ]);
    return row?.expiresAt ?? null;
  }

  /** Whoever else would decide on it, or mark it, waits until the transaction ends. */
  async hold(businessId: string | null, id: string, manager: EntityManager): Promise<RequestRow | null> {
    const values = [id, businessId ?? PLATFORM_ROWS];
    const [row] = await queryPreparedIn<RequestRow>(manager, HOLD_REQUEST, values);
    return row ?? null;
  }

  /** The role that the person or machine has now whose token that is; null: it is one of the platform's. */
  async roleOfAsker(tokenId: string, manager: EntityManager): Promise<Role | null> {
    const [row] = await queryPreparedIn<{ role: Role }>(manager, FIND_ASKERS_ROLE, [tokenId]);
    return row?.role ?? null;
  }

  /** On a session of the revocations' own. */
  async find(businessId: string | null, id: string): Promise<RequestRow | null> {
    const values = [id, businessId ?? PLATFORM_ROWS];
    const [row] = await this.lane.look(businessId, (manager) =>
      queryPreparedIn<RequestRow>(manager, FIND_REQUEST, values),
    );
    return row ?? null;
  }

  async approve(
    { id, businessId, tokens }: { id: string; businessId: string | null; tokens: number },
    by: string,
    manager: EntityManager,
  ): Promise<void> {
    await queryPreparedIn(manager, APPROVE_REQUEST, [id, businessId ?? PLATFORM_ROWS, by, tokens]);
  }

  /** @returns whether it is declined by this; false: it waits no longer */
  async decline(
    businessId: string | null,
    id: string,
    { by, reason }: { by: string; reason: string },
    manager: EntityManager,
  ): Promise<boolean> {
    const values = [id, businessId ?? PLATFORM_ROWS, by, reason];
    return (await queryPreparedIn(manager, DECLINE_REQUEST, values)).length > 0;
  }

  /** Some that are to be marked, or that nobody approved in time, oldest first. @param last null: from the first on */
  findOpen(last: OpenRow | null): Promise<OpenRow[]> {
    return queryPrepared(this.dataSource, FIND_OPEN, [last?.askedAt ?? '-infinity', last?.id ?? NIL_UUID]);
  }

  /** @returns who asked; null: it waits no longer, or may still be approved */
  async expire(id: string, manager: EntityManager): Promise<string | null> {
    const [row] = await queryPreparedIn<{ askedBy: string }>(manager, EXPIRE_REQUEST, [id]);
    return row?.askedBy ?? null;
  }

  /**
   * Takes what is meant into the set of a request, up to one more than `most`.
   * @returns how many those are, without the graces of what they had replaced, which are taken along
   */
  async fill(
    id: string,
    matched: Matched & { businessId: string },
    { mayTouchOwners, most }: { mayTouchOwners: boolean; most: number },
    manager: EntityManager,
  ): Promise<number> {
    const session = await sessionOf(manager);
    const inForce = await cutOffsInForce(matched, session);
    const values: unknown[] = [id, matched.businessId];
    const conditions = conditionsOf(matched, inForce, (value) => `$${values.push(value)}`);
    const text = `
WITH taken AS (
  INSERT INTO revocation_sets (revocation_id, business_id, token_created_at, token_id)
  SELECT $1::uuid, $2::uuid, t.created_at, t.id FROM tokens t WHERE ${conditions}${mayTouchOwners ? '' : ` AND ${isBelowOwners('t')}`}
  LIMIT ${most + 1} RETURNING 1
) SELECT count(*)::int AS count FROM taken`;
    const [row] = await queryPreparedOn<{ count: number }>(session, { name: '', text }, values);
    const count = row?.count ?? 0;
    if (count > 0 && count <= most) {
      await queryPreparedIn(manager, ADD_GRACES, [id, matched.businessId]);
      await queryPreparedIn(manager, COUNT_MATCHED, [id, count]);
    }
    return count;
  }

  /** The next tokens that are to be marked, held. */
  async lockDue(id: string, count: number, manager: EntityManager): Promise<string[]> {
    const rows = await queryPreparedIn<{ id: string }>(manager, LOCK_DUE, [id, count]);
    return rows.map((row) => row.id);
  }

  async isDue(id: string, manager: EntityManager): Promise<boolean> {
    return (await queryPreparedIn(manager, IS_DUE, [id])).length > 0;
  }

  async noteMarked(
    id: string,
    marked: readonly string[],
    revoked: readonly string[],
    manager: EntityManager,
  ): Promise<void> {
    await queryPreparedIn(manager, NOTE_MARKED, [id, marked, revoked]);
  }

  /** @returns how many tokens it revoked */
  async finish(id: string, manager: EntityManager): Promise<number> {
    const [row] = await queryPreparedIn<{ tokensRevoked: number }>(manager, FINISH_REQUEST, [id]);
    return row?.tokensRevoked ?? 0;
  }

  /** What made the two what they are, where one of them made the other: see HAVE_MADE_EACH_OTHER; null: it is not so. */
  async madeEachOther(
    { businessId, id, isRead }: { businessId: string; id: string; isRead: boolean },
    lines: readonly LineageRow[],
  ): Promise<ApprovalBarDto['made'] | null> {
    const of = (side: LineageRow['side']) =>
      lines
        .filter((row) => row.side === side && !row.ofPlatform)
        .flatMap(({ tokenId, memberId, identityId }) => [tokenId, memberId ?? identityId ?? []].flat());
    const values = [businessId, id, of('asked'), of('approves')];
    const find = (manager: EntityManager) =>
      queryPreparedIn<{ made: ApprovalBarDto['made'] }>(manager, HAVE_MADE_EACH_OTHER, values);
    const rows = isRead ? inBusiness(this.dataSource, businessId, find) : this.lane.look(businessId, find);
    return (await rows)[0]?.made ?? null;
  }

  /** Where two tokens come from. What they were issued with does not change. @param isRead nothing is to be revoked by it */
  lineages(asked: string, approves: string, isRead = false): Promise<LineageRow[]> {
    return acrossBusinesses(isRead ? this.dataSource : this.lane.dataSource, (manager) =>
      queryPreparedIn<LineageRow>(manager, LINEAGES, [
        ['asked', 'approves'],
        [asked, approves],
      ]),
    );
  }
}
