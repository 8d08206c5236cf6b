import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { queryPrepared, queryPreparedIn } from '../../database/prepared.js';
import { EVERY_BUSINESS, PLATFORM_ROWS } from '../../database/row-access.js';

/** The kinds of groups that can be cut off. */
export type CutOffShape = 'business' | 'owner' | 'identity' | 'platform' | 'pepper';

/** The selector, as it was requested. */
export interface CutOffSelector {
  business?: true;
  owner?: string;
  identity?: string;
  platform?: true;
  pepper?: string;
}

/** What the marking of a cut-off needs to know. */
export interface MarkingRow {
  id: string;
  /** In the order of the log. */
  number: string;
  businessId: string;
  shape: CutOffShape;
  subject: string;
  notBefore: Date;
  revokedBy: string;
  reason: string | null;
  /** The log that is being marked, and its last marked token; null: at the beginning. */
  log: string | null;
  createdAt: Date | null;
  tokenId: string | null;
}

const LATEST_OF_BUSINESSES = `greatest(
  (SELECT max(t.created_at) FROM businesses b CROSS JOIN LATERAL (
     SELECT created_at FROM tokens WHERE business_id = b.id ORDER BY created_at DESC, id DESC LIMIT 1) t),
  (SELECT created_at FROM tokens WHERE business_id IS NULL ORDER BY created_at DESC, id DESC LIMIT 1))`;

const latestOf = (condition: string): string =>
  `(SELECT created_at FROM tokens WHERE ${condition} ORDER BY created_at DESC, id DESC LIMIT 1)`;

/** When the last token of the group was issued: so no token escapes if the clock was set back. */
const LATEST: Record<CutOffShape, string> = {
  business: latestOf('business_id = $2::uuid'),
  owner: latestOf('member_id = $3::text::uuid'),
  identity: latestOf('identity_id = $3::text::uuid'),
  platform: LATEST_OF_BUSINESSES,
  pepper: LATEST_OF_BUSINESSES,
};

const MARKING = `id, number, business_id AS "businessId", shape, subject, not_before AS "notBefore", revoked_by AS "revokedBy",
  revocation_reason AS reason, marked_log AS log, marked_created_at AS "createdAt", marked_id AS "tokenId"`;

/** Which tokens of a log a cut-off of subject $2 covers. */
const MEANT: Record<CutOffShape, string> = {
  business: '',
  owner: ' AND t.member_id = $2::text::uuid',
  identity: ' AND t.identity_id = $2::text::uuid',
  platform: '',
  pepper: ` AND 'pepper:' || t.pepper_id = $2`,
};

export interface Walked {
  /** Those that have to be marked, in the order of the walk. */
  ids: readonly string[];
  /** How many were looked at. */
  count: number;
  /** The last that was looked at; null: there is none. */
  last: { id: string; createdAt: Date } | null;
}

interface NewCutOff {
  id: string;
  /** null: the platform. */
  businessId: string | null;
  shape: CutOffShape;
  subject: string;
  selector: CutOffSelector;
  /** null: up to now. */
  notBefore: Date | null;
  revokedBy: string;
  reason: string | null;
  /** Whether one person made it although two are required. */
  breakGlass: boolean;
}

/** Rows of revocations, and the tokens that they cover. */
@Injectable()
export class CutOffsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Cuts off up to `notBefore`, or up to now by the clock of the database, read while the change holds the lock of its log. A
   * trigger informs the verifiers. Uses tokens_created_at_idx, or the index of the owner.
   * @returns up to when; null: the requested moment is in the future, and nothing was changed
   */
  async insert(cutOff: NewCutOff, manager: EntityManager): Promise<Date | null> {
    const { id, businessId, shape, subject, selector, notBefore, revokedBy, reason, breakGlass } = cutOff;
    const log = businessId ?? PLATFORM_ROWS;
    const text = `
INSERT INTO revocations (id, business_id, shape, subject, selector, not_before, revoked_by, revocation_reason, break_glass)
SELECT $1::uuid, $2::uuid, '${shape}', $3::text, $4::jsonb, coalesce($5::timestamptz,
  greatest(date_trunc('milliseconds', clock_timestamp() + interval '999 microseconds'), ${LATEST[shape]})), $6::text, $7::text, $8::boolean
WHERE coalesce($5::timestamptz <= clock_timestamp(), true)
RETURNING not_before AS "notBefore"`;
    const [row] = await queryPreparedIn<{ notBefore: Date }>(
      manager,
      { name: `cut_off_insert_${shape}`, text },
      [id, log, subject, JSON.stringify(selector), notBefore, revokedBy, reason, breakGlass],
    );
    return row?.notBefore ?? null;
  }

  async isPepper(id: string, manager: EntityManager): Promise<boolean> {
    const statement = { name: 'cut_off_pepper', text: 'SELECT FROM peppers WHERE id = $1' };
    return (await queryPreparedIn(manager, statement, [id])).length > 0;
  }

  /** Some whose marking is not finished, oldest first. Uses revocations_marking_idx. @param last null: from the first on */
  findMarking(last: MarkingRow | null): Promise<MarkingRow[]> {
    const text = `SELECT ${MARKING} FROM revocations WHERE state = 'marking' AND number > $1 ORDER BY number LIMIT 16`;
    const statement = { name: 'cut_off_find_marking', rowAccess: EVERY_BUSINESS, text };
    return queryPrepared<MarkingRow>(this.dataSource, statement, [last?.number ?? 0]);
  }

  /** Limits how long the rest of the transaction waits for a lock. */
  async waitNoLonger(thanMs: number, manager: EntityManager): Promise<void> {
    await manager.query(`SET LOCAL lock_timeout = ${thanMs}`);
  }

  /** Locks it against other processes until the transaction ends; null: there is nothing left to mark. */
  async holdMarking(id: string, manager: EntityManager): Promise<MarkingRow | null> {
    const text = `SELECT ${MARKING} FROM revocations WHERE id = $1 AND state = 'marking' FOR UPDATE`;
    const [row] = await queryPreparedIn<MarkingRow>(manager, { name: 'cut_off_hold_marking', text }, [id]);
    return row ?? null;
  }

  /**
   * The next tokens of one log that a cut-off covers, in the order of an index, so that nothing is read twice. One text of all
   * ids, because thousands of rows would hold the event loop.
   * @param businessId null: the platform's own
   */
  async walk(
    { shape, subject, notBefore, log, createdAt, tokenId }: MarkingRow,
    businessId: string | null,
    count: number,
    manager: EntityManager,
  ): Promise<Walked> {
    const logId = businessId ?? PLATFORM_ROWS;
    const ofLog =
      businessId === null ? '$1::uuid IS NOT NULL AND t.business_id IS NULL' : 't.business_id = $1::uuid';
    const text = `
WITH walked AS MATERIALIZED (
  SELECT t.id, t.created_at, t.revoked_at IS NULL AS due FROM tokens t
  WHERE ${ofLog}${MEANT[shape]}
    AND $2::text IS NOT NULL AND t.created_at <= $3::timestamptz AND ($4::timestamptz IS NULL OR (t.created_at, t.id) > ($4::timestamptz, $5::uuid))
  ORDER BY t.created_at, t.id LIMIT $6
)
SELECT (SELECT string_agg(id::text, ',') FROM walked WHERE due) AS ids, (SELECT count(*)::int FROM walked) AS count, l.id, l.created_at AS "createdAt"
FROM (SELECT id, created_at FROM walked ORDER BY created_at DESC, id DESC LIMIT 1) l`;
    const after = log === logId ? [createdAt, tokenId] : [null, null];
    const [row] = await queryPreparedIn<{ ids: string | null; count: number; id: string; createdAt: Date }>(
      manager,
      { name: `cut_off_walk_${shape}_${businessId === null}`, text },
      [logId, subject, notBefore, ...after, count],
    );
    if (row === undefined) return { ids: [], count: 0, last: null };
    const { id, createdAt: lastCreatedAt } = row;
    return { ids: row.ids?.split(',') ?? [], count: row.count, last: { id, createdAt: lastCreatedAt } };
  }

  /** @param marked how many tokens more are marked: whoever asks how far it is does not count a million rows */
  async moveOn(
    id: string,
    log: string | null,
    token: { id: string; createdAt: Date } | null,
    marked: number,
    manager: EntityManager,
  ): Promise<void> {
    const text = `UPDATE revocations SET marked_log = $2, marked_created_at = $3, marked_id = $4, tokens_revoked = coalesce(tokens_revoked, 0) + $5
WHERE id = $1`;
    const values = [id, log, token?.createdAt ?? null, token?.id ?? null, marked];
    await queryPreparedIn(manager, { name: 'cut_off_move_on', text }, values);
  }

  /** The business whose log a cut-off of all of them marks next; null: there is none. */
  async nextLog(after: string): Promise<string | null> {
    const text = 'SELECT id FROM businesses WHERE id > $1::uuid ORDER BY id LIMIT 1';
    const statement = { name: 'cut_off_next_log', rowAccess: EVERY_BUSINESS, text };
    const [row] = await queryPrepared<{ id: string }>(this.dataSource, statement, [after]);
    return row?.id ?? null;
  }

  /** @returns how many tokens it revoked */
  async finish(id: string, manager: EntityManager): Promise<number> {
    const text = `UPDATE revocations r SET state = 'done', finished_at = now(),
    tokens_revoked = (SELECT count(*) FROM cut_off_tokens t WHERE t.revocation_id = r.id) WHERE id = $1
    RETURNING tokens_revoked AS "tokensRevoked"`;
    const statement = { name: 'cut_off_finish', text };
    const [row] = await queryPreparedIn<{ tokensRevoked: number }>(manager, statement, [id]);
    return row?.tokensRevoked ?? 0;
  }
}
