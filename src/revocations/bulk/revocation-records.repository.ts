import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { CursorPosition, PageDirection } from '../../common/page.js';
import { queryPreparedIn, type Prepared } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness, PLATFORM_ROWS } from '../../database/row-access.js';
import {
  OWNERS_OF_TOKENS,
  TOKEN_COLUMNS,
  tokenFrom,
  type TokenRow,
} from '../../token-rows/token-rows.sql.js';
import type { Token } from '../../token-rows/token.entity.js';

/** How long the tokens of a selection that is done are listed; `revocation_set_leaves()` in the database says the same. */
export const TOKENS_LISTED_DAYS = 90;

const DAY_MS = 86_400_000;

/** How two persons came to an approval, or have not yet. */
export interface Approval {
  expiresAt: Date;
  askedAt: Date;
  approvedBy: string | null;
  approvedAt: Date | null;
  declinedBy: string | null;
  declinedAt: Date | null;
  declineReason: string | null;
}

/** A revocation of many tokens, of either kind, as it is shown. */
export interface RevocationRecord {
  id: string;
  kind: 'cut_off' | 'selection';
  state: 'awaiting_approval' | 'expired' | 'declined' | 'marking' | 'done';
  /** Id of whose tokens are meant, or of whoever asked for selected ones; null: nobody's. */
  subject: string | null;
  selector: object;
  /** null: any, of selected tokens; up to the approval, of a cut-off that waits. */
  notBefore: Date | null;
  /** Where it stands in a list. */
  at: Date;
  /** null: nothing is revoked. */
  revokedAt: Date | null;
  revokedBy: string;
  reason: string | null;
  /** null: what is meant was not counted. */
  tokensMatched: number | null;
  /** Those that are marked; all, once it is done. */
  tokensRevoked: number;
  finishedAt: Date | null;
  approval: Approval | null;
  /** Whether it was made by one person where two are needed. */
  breakGlass: boolean;
}

/** Until when its tokens are listed; null: for good, or until it is done at least. */
export function listedUntil({ kind, state, finishedAt }: RevocationRecord): Date | null {
  if (kind === 'cut_off' || state !== 'done' || finishedAt === null) return null;
  return new Date(finishedAt.getTime() + TOKENS_LISTED_DAYS * DAY_MS);
}

const APPROVAL = `CASE WHEN q.approval_expires_at IS NULL THEN NULL ELSE json_build_object('expiresAt', q.approval_expires_at,
  'askedAt', q.asked_at, 'approvedBy', q.approved_by, 'approvedAt', q.approved_at,
  'declinedBy', q.declined_by, 'declinedAt', q.declined_at, 'declineReason', q.decline_reason) END AS approval`;

const OF_CUT_OFF = `r.id, 'cut_off' AS kind, r.state, r.subject, r.selector, r.not_before AS "notBefore", r.revoked_at AS at, r.revoked_at AS "revokedAt",
  r.revoked_by AS "revokedBy", r.revocation_reason AS reason, q.tokens_matched AS "tokensMatched",
  coalesce(r.tokens_revoked, 0) AS "tokensRevoked", r.finished_at AS "finishedAt",
  ${APPROVAL}, r.break_glass AS "breakGlass"`;

const OF_REQUEST = `q.id, q.kind, CASE WHEN q.state = 'awaiting_approval' AND q.approval_expires_at <= clock_timestamp() THEN 'expired' ELSE q.state END AS state,
  q.asked_by_owner::text AS subject, q.request->'selector' AS selector, (q.request->>'issuedBefore')::timestamptz AS "notBefore", q.asked_at AS at,
  q.revoked_at AS "revokedAt", q.asked_by AS "revokedBy", q.revocation_reason AS reason, q.tokens_matched AS "tokensMatched",
  coalesce(q.tokens_revoked, (SELECT count(*)::int FROM revocation_sets s WHERE s.revocation_id = q.id AND s.revoked)) AS "tokensRevoked",
  q.finished_at AS "finishedAt", ${APPROVAL}, q.break_glass AS "breakGlass"`;

/** A cut-off that was approved is told of by its own row. */
const IS_TOLD_OF = `q.state <> 'approved'`;

/** A page of a list that is read on from a position. */
interface PageQuery {
  limit: number;
  direction: PageDirection;
  after: CursorPosition | null;
}

type Timeless<Value> = { [Name in keyof Value]: Value[Name] extends Date ? string : Value[Name] };
type RecordRow = Omit<RevocationRecord, 'approval'> & { approval: Timeless<Approval> | null };

/** Revocations of many tokens of a business (null: of the platform), cut-offs and others. */
@Injectable()
export class RevocationRecordsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Uses the primary keys. @param manager undefined: on any session */
  async find(
    businessId: string | null,
    id: string,
    manager?: EntityManager,
  ): Promise<RevocationRecord | null> {
    const text = `
SELECT ${OF_CUT_OFF} FROM revocations r LEFT JOIN revocation_requests q ON q.id = r.id WHERE r.id = $2 AND r.business_id = $1
UNION ALL SELECT ${OF_REQUEST} FROM revocation_requests q WHERE q.id = $2 AND q.business_id = $1 AND ${IS_TOLD_OF}`;
    const values = [businessId ?? PLATFORM_ROWS, id];
    const statement = { name: 'revocation_record_find', text };
    const [row] = await this.read<RecordRow>(businessId, statement, values, manager);
    return row === undefined ? null : recordFrom(row);
  }

  /**
   * Where it stands in the log; null: nothing is revoked yet, or retention has dropped that. Uses
   * audit_events_target_idx.
   */
  async sequenceOf(businessId: string | null, id: string, manager?: EntityManager): Promise<number | null> {
    const text = `SELECT sequence::text FROM audit_events WHERE target_id = $2::text AND business_id = $1
    AND action IN ('token.cut_off', 'token.selection_revoked') ORDER BY sequence LIMIT 1`;
    const values = [businessId ?? PLATFORM_ROWS, id];
    const statement = { name: 'revocation_record_event', text };
    const [row] = await this.read<{ sequence: string }>(businessId, statement, values, manager);
    return row === undefined ? null : Number(row.sequence);
  }

  /**
   * Newest first. One more than the limit when there are more. Uses revocations_of_business_idx and
   * revocation_requests_of_business_idx.
   * @param subject null: of all
   */
  async page(
    businessId: string | null,
    subject: string | null,
    { limit, direction, after }: PageQuery,
  ): Promise<RevocationRecord[]> {
    const values = [businessId ?? PLATFORM_ROWS, limit + 1, subject, after?.value ?? null, after?.id ?? null];
    const [order, than] = direction === 'next' ? ['DESC', '<'] : ['ASC', '>'];
    const text = `
SELECT * FROM (
  (SELECT ${OF_CUT_OFF} FROM (SELECT * FROM revocations WHERE business_id = $1::uuid AND ($3::text IS NULL OR subject = $3)
    AND ($4::timestamptz IS NULL OR (revoked_at, id) ${than} ($4::timestamptz, $5::uuid)) ORDER BY revoked_at ${order}, id ${order} LIMIT $2) r
    LEFT JOIN revocation_requests q ON q.id = r.id)
  UNION ALL
  (SELECT ${OF_REQUEST} FROM (SELECT * FROM revocation_requests q WHERE business_id = $1::uuid AND ($3::text IS NULL OR asked_by_owner = $3::text::uuid) AND ${IS_TOLD_OF}
    AND ($4::timestamptz IS NULL OR (asked_at, id) ${than} ($4::timestamptz, $5::uuid)) ORDER BY asked_at ${order}, id ${order} LIMIT $2) q)
) every ORDER BY at ${order}, id ${order} LIMIT $2`;
    const statement = { name: `revocation_record_page_${order}`, text };
    return (await this.read<RecordRow>(businessId, statement, values)).map(recordFrom);
  }

  /** The tokens that it has marked, oldest first. One more than the limit when there are more. */
  async tokens(
    businessId: string | null,
    { id, kind }: Pick<RevocationRecord, 'id' | 'kind'>,
    { limit, direction, after }: PageQuery,
  ): Promise<Token[]> {
    const [order, than] = direction === 'next' ? ['ASC', '>'] : ['DESC', '<'];
    // The rows of a cut-off's list are all of tokens that it has revoked.
    const [list, revoked] = kind === 'cut_off' ? ['cut_off_tokens', 'true'] : ['revocation_sets', 'revoked'];
    const marked = `SELECT k.* FROM (SELECT token_id FROM ${list} WHERE revocation_id = $1::uuid AND ($2::uuid IS NULL OR business_id = $2) AND ${revoked}
        AND ($4::timestamptz IS NULL OR (token_created_at, token_id) ${than} ($4::timestamptz, $5::uuid))
        ORDER BY token_created_at ${order}, token_id ${order} LIMIT $3) s CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = s.token_id OFFSET 0) k`;
    const text = `SELECT ${TOKEN_COLUMNS} FROM (${marked}) t ${OWNERS_OF_TOKENS} ORDER BY t.created_at ${order}, t.id ${order}`;
    const statement = { name: `revocation_record_tokens_${kind}_${order}`, text };
    const values = [id, businessId, limit + 1, after?.value ?? null, after?.id ?? null];
    return (await this.read<TokenRow>(businessId, statement, values)).map(tokenFrom);
  }

  private read<Row>(
    businessId: string | null,
    statement: Prepared,
    values: unknown[],
    given?: EntityManager,
  ): Promise<Row[]> {
    const run = (manager: EntityManager): Promise<Row[]> => queryPreparedIn<Row>(manager, statement, values);
    if (given !== undefined) return run(given);
    return businessId === null
      ? acrossBusinesses(this.dataSource, run)
      : inBusiness(this.dataSource, businessId, run);
  }
}

/** JSON has no times. */
function recordFrom({ approval, ...row }: RecordRow): RevocationRecord {
  if (approval === null) return { ...row, approval };
  const { expiresAt, askedAt, approvedAt, declinedAt } = approval;
  return {
    ...row,
    approval: {
      ...approval,
      expiresAt: new Date(expiresAt),
      askedAt: new Date(askedAt),
      approvedAt: approvedAt === null ? null : new Date(approvedAt),
      declinedAt: declinedAt === null ? null : new Date(declinedAt),
    },
  };
}
