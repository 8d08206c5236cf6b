import type { Prepared } from '../../database/prepared.js';
import { EVERY_BUSINESS } from '../../database/row-access.js';

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

/**
 * Cuts off $3 (of business $2, selected by $4) in the name of $6 and for reason $7, up to $5; null: up to now, by the
 * clock of the database, read while the change holds the lock of its log. No row: $5 is in the future. A trigger informs
 * the verifiers. Uses tokens_created_at_idx, or the index of the owner.
 */
export const insertCutOff = (shape: CutOffShape): Prepared => ({
  name: `cut_off_insert_${shape}`,
  text: `
INSERT INTO revocations (id, business_id, shape, subject, selector, not_before, revoked_by, revocation_reason, break_glass)
SELECT $1::uuid, $2::uuid, '${shape}', $3::text, $4::jsonb, coalesce($5::timestamptz,
  greatest(date_trunc('milliseconds', clock_timestamp() + interval '999 microseconds'), ${LATEST[shape]})), $6::text, $7::text, $8::boolean
WHERE coalesce($5::timestamptz <= clock_timestamp(), true)
RETURNING not_before AS "notBefore"`,
});

const MARKING = `id, number, business_id AS "businessId", shape, subject, not_before AS "notBefore", revoked_by AS "revokedBy",
  revocation_reason AS reason, marked_log AS log, marked_created_at AS "createdAt", marked_id AS "tokenId"`;

/** The oldest cut-offs after number $1 whose marking is not finished. Uses revocations_marking_idx. */
export const FIND_MARKING: Prepared = {
  name: 'cut_off_find_marking',
  rowAccess: EVERY_BUSINESS,
  text: `SELECT ${MARKING} FROM revocations WHERE state = 'marking' AND number > $1 ORDER BY number LIMIT 16`,
};

/** One of them, locked; no row: its marking is finished. */
export const HOLD_MARKING: Prepared = {
  name: 'cut_off_hold_marking',
  text: `SELECT ${MARKING} FROM revocations WHERE id = $1 AND state = 'marking' FOR UPDATE`,
};

/** The tokens of log $1 that a cut-off of subject $2 covers. */
const MEANT: Record<CutOffShape, string> = {
  business: 't.business_id = $1::uuid',
  owner: 't.business_id = $1::uuid AND t.member_id = $2::text::uuid',
  identity: 't.business_id = $1::uuid AND t.identity_id = $2::text::uuid',
  platform: 't.business_id = $1::uuid',
  pepper: `t.business_id = $1::uuid AND 'pepper:' || t.pepper_id = $2`,
};

/**
 * Of the next $6 tokens of log $1 after ($4, $5) that a cut-off of $2 up to $3 covers: which have to be marked, how many it
 * is in all, and the last: in the order of an index, so that nothing is read twice. One text of all ids, because thousands
 * of rows would hold the event loop. No row: there are none.
 */
export const walkTokens = (shape: CutOffShape, ofPlatform: boolean): Prepared => ({
  name: `cut_off_walk_${shape}_${ofPlatform}`,
  text: `
WITH walked AS MATERIALIZED (
  SELECT t.id, t.created_at, t.revoked_at IS NULL AS due FROM tokens t
  WHERE ${ofPlatform ? MEANT[shape].replace('t.business_id = $1::uuid', '$1::uuid IS NOT NULL AND t.business_id IS NULL') : MEANT[shape]}
    AND $2::text IS NOT NULL AND t.created_at <= $3::timestamptz AND ($4::timestamptz IS NULL OR (t.created_at, t.id) > ($4::timestamptz, $5::uuid))
  ORDER BY t.created_at, t.id LIMIT $6
)
SELECT (SELECT string_agg(id::text, ',') FROM walked WHERE due) AS ids, (SELECT count(*)::int FROM walked) AS count, l.id, l.created_at AS "createdAt"
FROM (SELECT id, created_at FROM walked ORDER BY created_at DESC, id DESC LIMIT 1) l`,
});

/** Stores that the marking of cut-off $1 has reached token ($3, $4) of log $2, and has marked $5 more. */
export const MOVE_ON: Prepared = {
  name: 'cut_off_move_on',
  text: `UPDATE revocations SET marked_log = $2, marked_created_at = $3, marked_id = $4, tokens_revoked = coalesce(tokens_revoked, 0) + $5
WHERE id = $1`,
};

/** The log after $1, which a cut-off of all logs marks next; no row: there is none. */
export const NEXT_LOG: Prepared = {
  name: 'cut_off_next_log',
  text: 'SELECT id FROM businesses WHERE id > $1::uuid ORDER BY id LIMIT 1',
};

/** Ends the marking of cut-off $1. */
export const FINISH_MARKING: Prepared = {
  name: 'cut_off_finish',
  text: `UPDATE revocations r SET state = 'done', finished_at = now(),
    tokens_revoked = (SELECT count(*) FROM cut_off_tokens t WHERE t.revocation_id = r.id) WHERE id = $1
    RETURNING tokens_revoked AS "tokensRevoked"`,
};

/** Whether pepper $1 exists. */
export const FIND_PEPPER: Prepared = { name: 'cut_off_pepper', text: 'SELECT FROM peppers WHERE id = $1' };
