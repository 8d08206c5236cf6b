import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { anyNumberOf, type Prepared } from '../database/prepared.js';
import { COMMIT_MS_MAX } from '../database/resilient-client.js';
import { isCutOff } from '../verification/cut-off.sql.js';
import { OWNER_LABEL } from '../token-rows/token-rows.sql.js';
import type { Columns } from '../token-schema/token-schema.js';

/** `revoked_with` is the earlier cut-off that had revoked it, and to which these facts belong; null: there was none. */
export interface RevokedRow extends Columns<
  'id' | 'jti' | 'name' | 'kind' | 'revokedBy' | 'revocationReason' | 'revokedWith' | 'replacedBy'
> {
  revoked_at: Date;
  owner: string;
}

/** A token that was revoked for the request `number`; without an id: nothing was changed for that request. */
export type RevocationRow = { number: number } & (RevokedRow | { id: null });

export interface EarlierRevocationRow extends RevokedRow {
  number: number;
  audit_sequence: string | null;
  transaction_id: string;
}

/** The rows whose columns are the arrays given, numbered from 1. */
const columns = (...arrays: string[]): string =>
  `unnest(${arrays.map(anyNumberOf).join(', ')}) WITH ORDINALITY`;

const FACTS =
  'r.id, r.jti, r.name, r.kind, r.revoked_at, r.revoked_by, r.revocation_reason, r.revoked_with, r.replaced_by';

/**
 * Revokes for each number i token $2[i] of business $1[i] and kind $5[i], in the name of $3[i] and for reason $4[i], and with it every
 * token that it replaced and that is still in its grace: a grace never survives a revocation. The result is as if the
 * requests were served one after the other. Only rows that are not revoked yet are changed, so the first revocation wins
 * (R3): within one transaction that with the lower number.
 *
 * The rows are locked before any is changed. With SKIP LOCKED the statement waits for no lock: if any row of a request
 * is locked, nothing is changed for that request.
 *
 * Uses tokens_pkey and tokens_replaced_by_idx: ARRAY and OFFSET 0 keep the planner, which may have planned while the
 * table was nearly empty, from scanning all of it.
 */
const mark = (name: string, whatIsLocked: 'SKIP LOCKED' | ''): Prepared => ({
  name,
  text: `
WITH RECURSIVE asked AS (
  SELECT * FROM ${columns('$1::uuid[]', '$2::uuid[]', '$3::text[]', '$4::text[]', '$5::text[]')}
    AS s (business_id, token_id, label, reason, kind, number)
), chain AS (
  SELECT s.number, s.business_id, t.id FROM asked s CROSS JOIN LATERAL (
    SELECT id FROM tokens WHERE id = s.token_id AND business_id IS NOT DISTINCT FROM s.business_id AND kind = s.kind OFFSET 0) t
  UNION
  SELECT c.number, c.business_id, t.id FROM chain c CROSS JOIN LATERAL (
    SELECT id FROM tokens WHERE replaced_by = c.id AND business_id IS NOT DISTINCT FROM c.business_id
      AND revoked_at IS NULL AND grace_ends_at > now() OFFSET 0) t
), held AS MATERIALIZED (
  SELECT id FROM tokens WHERE id = ANY (ARRAY(SELECT id FROM chain)) ORDER BY id FOR NO KEY UPDATE ${whatIsLocked}
), locked AS (
  SELECT DISTINCT number FROM chain WHERE id NOT IN (SELECT id FROM held)
), due AS MATERIALIZED (
  SELECT DISTINCT ON (c.id) c.id, c.number, c.id <> s.token_id AS replaced, s.label, s.reason FROM chain c JOIN asked s USING (number)
  WHERE c.number NOT IN (SELECT number FROM locked) ORDER BY c.id, c.number
), marked AS (
  UPDATE tokens t SET revoked_at = now(), updated_at = now(),
    (revoked_by, revocation_reason) = (SELECT label, reason FROM due WHERE due.id = t.id)
  WHERE id = ANY (ARRAY(SELECT id FROM due)) AND revoked_at IS NULL
  RETURNING id, jti, name, kind, revoked_at, revoked_by, revocation_reason, revoked_with, replaced_by, member_id, identity_id, issued_to
)
SELECT due.number::int AS number, due.replaced, ${FACTS}, ${OWNER_LABEL} AS owner FROM marked r JOIN due ON due.id = r.id
UNION ALL
SELECT number::int, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM locked
ORDER BY 1, 2`,
});

/**
 * Waits for the row lock of token $2 of business $1, and releases it at the end of the statement. Uses tokens_pkey.
 */
export const AWAIT_ROW: Prepared = {
  name: 'revoke_await_row',
  text: 'SELECT FROM tokens WHERE id = $2 AND business_id IS NOT DISTINCT FROM $1::uuid FOR NO KEY UPDATE',
};

/** For a single request, which may wait for the row lock of its token. */
export const REVOKE_WAITING = mark('revoke_waiting', '');

export const REVOKE_SKIP_LOCKED = mark('revoke_skip_locked', 'SKIP LOCKED');

/** Whether token $2 of business $1 was cut off. Uses tokens_pkey. */
export const IS_CUT_OFF: Prepared = {
  name: 'revoke_is_cut_off',
  text: `SELECT ${isCutOff('t')} AS is_cut_off FROM tokens t WHERE t.id = $2 AND t.business_id IS NOT DISTINCT FROM $1::uuid`,
};

/**
 * The facts of the earlier revocations of tokens $2[i] of businesses $1[i] and kinds $3[i], and a new transaction for the barrier to
 * wait for. That transaction writes to the WAL of the server, so that its COMMIT waits for the standbys. The revocation
 * that is found may be from a COMMIT whose wait for them was cancelled, and must not be reported before they have it as
 * well.
 */
export const FIND_REVOKED: Prepared = {
  name: 'revoke_find_earlier',
  timeoutMs: COMMIT_MS_MAX,
  text: `
WITH replicated AS MATERIALIZED (SELECT pg_logical_emit_message(true, 'rescind', ''), pg_current_xact_id()::text AS transaction_id)
SELECT s.number::int AS number, ${FACTS}, ${OWNER_LABEL} AS owner, replicated.transaction_id,
  (SELECT sequence FROM audit_events WHERE business_id = coalesce(s.business_id, '${PLATFORM_LOG}')
     AND target_id = r.id::text AND action = 'token.revoked' ORDER BY sequence LIMIT 1) AS audit_sequence
FROM replicated, ${columns('$1::uuid[]', '$2::uuid[]', '$3::text[]')} AS s (business_id, token_id, kind, number) CROSS JOIN LATERAL (
  SELECT * FROM tokens WHERE id = s.token_id AND business_id IS NOT DISTINCT FROM s.business_id AND kind = s.kind AND revoked_at IS NOT NULL OFFSET 0) r`,
};
