import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { queryPrepared, queryPreparedIn, queryPreparedOn, sessionOf } from '../../database/prepared.js';
import { RevokeLane } from '../../database/revoke-lane.js';
import { acrossBusinesses, EVERY_BUSINESS, inBusiness, PLATFORM_ROWS } from '../../database/row-access.js';
import type { Role } from '../../directory/members/role.js';
import {
  FIND_ASKERS_ROLE,
  HAVE_MADE_EACH_OTHER,
  LINEAGES,
  type LineageRow,
} from './revocation-requests.sql.js';
import type { ApprovalBarDto } from './revocation.dto.js';
import type { RevocationTerms } from './revocation-terms.js';
import { isBelowOwners, queryMeant, type Matched } from './surveys.repository.js';

/** A revocation that waits for somebody, or whose tokens are being marked. */
export interface RequestRow {
  id: string;
  terms: RevocationTerms;
  askedBy: string;
  askedByToken: string;
  tokensMatched: number;
  fingerprint: Buffer | null;
  /** `expired` as well as soon as the time is over, before that is written. */
  state: 'awaiting_approval' | 'expired' | 'declined' | 'approved' | 'marking' | 'done';
  revokedAt: Date | null;
}

/** A request that is to be marked, or that nobody approved in time. */
export interface OpenRow {
  id: string;
  businessId: string;
  state: RequestRow['state'];
  askedAt: Date;
}

const COLUMNS = `id, request AS terms, asked_by AS "askedBy", asked_by_token AS "askedByToken",
  tokens_matched AS "tokensMatched", fingerprint, revoked_at AS "revokedAt",
  CASE WHEN state = 'awaiting_approval' AND approval_expires_at <= clock_timestamp() THEN 'expired' ELSE state END AS state`;

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

/** Adds to set $1 what the tokens in it have replaced, and that is still in its grace: a grace never survives a revocation. */
const ADD_GRACES = {
  name: 'revocation_set_graces',
  text: `
WITH RECURSIVE chain AS (
  SELECT token_id AS id FROM revocation_sets WHERE revocation_id = $1::uuid
  UNION
  SELECT t.id FROM chain c CROSS JOIN LATERAL (
    SELECT id FROM tokens WHERE replaced_by = c.id AND business_id = $2::uuid AND revoked_at IS NULL AND grace_ends_at > now() OFFSET 0) t
)
INSERT INTO revocation_sets (revocation_id, business_id, token_created_at, token_id)
SELECT $1::uuid, $2::uuid, t.created_at, t.id FROM chain c CROSS JOIN LATERAL (
  SELECT id, created_at FROM tokens WHERE id = c.id AND business_id = $2::uuid OFFSET 0) t ON CONFLICT DO NOTHING`,
};

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
    const text = `
INSERT INTO revocation_requests (id, business_id, kind, request, revocation_reason, asked_by, asked_by_token, asked_by_owner,
  tokens_matched, fingerprint, state, approval_expires_at, revoked_at, break_glass)
SELECT $1::uuid, $2::uuid, $3::text, $4::jsonb, $5::text, $6::text, $7::uuid, $8::uuid, $9::int, $10::bytea,
  CASE WHEN $11::float8 IS NULL THEN 'marking' ELSE 'awaiting_approval' END, now() + make_interval(secs => $11::float8),
  CASE WHEN $11::float8 IS NULL THEN now() END, $12::boolean
RETURNING approval_expires_at AS "expiresAt"`;
    const statement = { name: 'revocation_request_insert', text };
    const [row] = await queryPreparedIn<{ expiresAt: Date | null }>(manager, statement, [
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
    const text = `SELECT ${COLUMNS} FROM revocation_requests WHERE id = $1 AND business_id = $2 FOR UPDATE`;
    const statement = { name: 'revocation_request_hold', text };
    const values = [id, businessId ?? PLATFORM_ROWS];
    const [row] = await queryPreparedIn<RequestRow>(manager, statement, values);
    return row ?? null;
  }

  /** The role that the person or machine has now whose token that is; null: it is one of the platform's. */
  async roleOfAsker(tokenId: string, manager: EntityManager): Promise<Role | null> {
    const [row] = await queryPreparedIn<{ role: Role }>(manager, FIND_ASKERS_ROLE, [tokenId]);
    return row?.role ?? null;
  }

  /** On a session of the revocations' own. */
  async find(businessId: string | null, id: string): Promise<RequestRow | null> {
    const text = `SELECT ${COLUMNS} FROM revocation_requests WHERE id = $1 AND business_id = $2`;
    const statement = { name: 'revocation_request_find', text };
    const [row] = await this.lane.look(businessId, (manager) =>
      queryPreparedIn<RequestRow>(manager, statement, [id, businessId ?? PLATFORM_ROWS]),
    );
    return row ?? null;
  }

  /** A cut-off is made elsewhere, a selection is marked from here on. */
  async approve(
    { id, businessId, tokens }: { id: string; businessId: string | null; tokens: number },
    by: string,
    manager: EntityManager,
  ): Promise<void> {
    const text = `
UPDATE revocation_requests SET approved_at = now(), approved_by = $3, tokens_matched = $4,
  state = CASE kind WHEN 'cut_off' THEN 'approved' ELSE 'marking' END, revoked_at = now() WHERE id = $1 AND business_id = $2`;
    const values = [id, businessId ?? PLATFORM_ROWS, by, tokens];
    await queryPreparedIn(manager, { name: 'revocation_request_approve', text }, values);
  }

  /** @returns whether it is declined by this; false: it waits no longer */
  async decline(
    businessId: string | null,
    id: string,
    { by, reason }: { by: string; reason: string },
    manager: EntityManager,
  ): Promise<boolean> {
    const text = `
UPDATE revocation_requests SET state = 'declined', declined_at = now(), declined_by = $3, decline_reason = $4, finished_at = now()
  WHERE id = $1 AND business_id = $2 AND state = 'awaiting_approval' AND approval_expires_at > clock_timestamp() RETURNING id`;
    const statement = { name: 'revocation_request_decline', text };
    const values = [id, businessId ?? PLATFORM_ROWS, by, reason];
    return (await queryPreparedIn(manager, statement, values)).length > 0;
  }

  /**
   * Some that are to be marked, or that nobody approved in time, oldest first. Uses revocation_requests_open_idx.
   * @param last null: from the first on
   */
  findOpen(last: OpenRow | null): Promise<OpenRow[]> {
    const text = `SELECT id, business_id AS "businessId", state, asked_at AS "askedAt" FROM revocation_requests
    WHERE (state = 'marking' OR (state = 'awaiting_approval' AND approval_expires_at <= now()))
      AND (asked_at, id) > ($1::timestamptz, $2::uuid) ORDER BY asked_at, id LIMIT 16`;
    const statement = { name: 'revocation_requests_open', rowAccess: EVERY_BUSINESS, text };
    return queryPrepared(this.dataSource, statement, [last?.askedAt ?? '-infinity', last?.id ?? NIL_UUID]);
  }

  /** @returns who asked; null: it waits no longer, or may still be approved */
  async expire(id: string, manager: EntityManager): Promise<string | null> {
    const text = `UPDATE revocation_requests SET state = 'expired', finished_at = now()
    WHERE id = $1 AND state = 'awaiting_approval' AND approval_expires_at <= clock_timestamp() RETURNING asked_by AS "askedBy"`;
    const statement = { name: 'revocation_request_expire', text };
    const [row] = await queryPreparedIn<{ askedBy: string }>(manager, statement, [id]);
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
    const [row] = await queryMeant<{ count: number }>(
      matched,
      session,
      (meant, parameter) => `
WITH taken AS (
  INSERT INTO revocation_sets (revocation_id, business_id, token_created_at, token_id)
  SELECT ${parameter(id)}::uuid, ${parameter(matched.businessId)}::uuid, t.created_at, t.id FROM tokens t WHERE ${meant()}${mayTouchOwners ? '' : ` AND ${isBelowOwners('t')}`}
  LIMIT ${most + 1} RETURNING 1
) SELECT count(*)::int AS count FROM taken`,
    );
    const count = row?.count ?? 0;
    if (count > 0 && count <= most) {
      await queryPreparedOn(session, ADD_GRACES, [id, matched.businessId]);
      const counted =
        'UPDATE revocation_requests SET tokens_matched = $2 WHERE id = $1 AND tokens_matched <> $2';
      await queryPreparedOn(session, { name: 'revocation_request_matched', text: counted }, [id, count]);
    }
    return count;
  }

  /** The next tokens that are to be marked, held: of those alone that nobody else holds. Uses revocation_sets_due_idx. */
  async lockDue(id: string, count: number, manager: EntityManager): Promise<string[]> {
    const text = `
SELECT id FROM tokens WHERE id = ANY (ARRAY(SELECT token_id FROM revocation_sets WHERE revocation_id = $1 AND NOT marked ORDER BY token_id LIMIT $2))
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`;
    const statement = { name: 'revocation_set_lock_due', text };
    const rows = await queryPreparedIn<{ id: string }>(manager, statement, [id, count]);
    return rows.map((row) => row.id);
  }

  async isDue(id: string, manager: EntityManager): Promise<boolean> {
    const text = 'SELECT FROM revocation_sets WHERE revocation_id = $1 AND NOT marked LIMIT 1';
    return (await queryPreparedIn(manager, { name: 'revocation_set_is_due', text }, [id])).length > 0;
  }

  /** @param revoked those of `marked` that were revoked by this */
  async noteMarked(
    id: string,
    marked: readonly string[],
    revoked: readonly string[],
    manager: EntityManager,
  ): Promise<void> {
    const text = `UPDATE revocation_sets SET marked = true, revoked = token_id = ANY ($3::uuid[])
    WHERE revocation_id = $1 AND token_id = ANY ($2::uuid[]) AND NOT marked`;
    const statement = { name: 'revocation_set_note_marked', text };
    await queryPreparedIn(manager, statement, [id, marked, revoked]);
  }

  /** @returns how many tokens it revoked */
  async finish(id: string, manager: EntityManager): Promise<number> {
    const text = `UPDATE revocation_requests r SET state = 'done', finished_at = now(),
    tokens_revoked = (SELECT count(*) FROM revocation_sets s WHERE s.revocation_id = r.id AND s.revoked) WHERE id = $1
    RETURNING tokens_revoked AS "tokensRevoked"`;
    const statement = { name: 'revocation_request_finish', text };
    const [row] = await queryPreparedIn<{ tokensRevoked: number }>(manager, statement, [id]);
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
