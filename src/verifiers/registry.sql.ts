import { SERVER_START } from '../database/database-identity.js';
import type { Prepared } from '../database/prepared.js';
import { ENTRIES_PER_PAGE } from '../lease/ports.js';

/**
 * Settings of the sessions of the protocol: their few statements are planned once, by index. Their parameters differ so
 * much from what the planner expects that it would plan them anew for each call. For a table without a usable index,
 * such as one of a single row, PostgreSQL before 18 estimates such a high cost that it would start JIT compilation.
 */
export const GENERIC_PLAN_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  jit: 'off',
};

/**
 * Which run of the server this is, in SQL: it changes with every start and every crash, because only then can
 * transactions that a verifier has read be lost. Behind a pooler the server can be replaced without the verifier's
 * session noticing, so each statement of the protocol checks it. NULL after a crash, until MARK_SERVER_RUN.
 */
export const SERVER_RUN = `(SELECT concat_ws(':', ${SERVER_START}, run) FROM server_run)`;

/** Gives this run of the server its mark, unless it has one. */
export const MARK_SERVER_RUN: Prepared = {
  name: 'server_run_mark',
  text: 'INSERT INTO server_run DEFAULT VALUES ON CONFLICT DO NOTHING',
};

/**
 * A page of the entries that are visible in snapshot `until` but not in `since`, after the one of transaction `xid` with
 * number `id`, in a stable order. These are the entries of transactions that were in progress in `since`, and of those
 * from its end on. Both use revocation_feed_xid_idx, so that nothing is read twice, however long a transaction stays
 * open.
 */
const page = (since: string, until: string, xid: string, id: string): string => {
  const entries = (whose: string): string => `
    SELECT kind, subject, xid, id FROM revocation_feed
    WHERE ${whose} AND (xid, id) > (${xid}::xid8, ${id}::bigint) AND pg_visible_in_snapshot(xid, ${until})
    ORDER BY xid, id LIMIT ${ENTRIES_PER_PAGE}`;
  return `
  (SELECT json_agg(json_build_object('kind', kind, 'subject', subject, 'xid', xid::text, 'id', id)) FROM (
    SELECT news.* FROM pg_snapshot_xip(${since}::pg_snapshot) AS x CROSS JOIN LATERAL (${entries('xid = x')}) AS news
    UNION ALL (${entries(`xid >= pg_snapshot_xmax(${since}::pg_snapshot)`)})
    ORDER BY xid, id LIMIT ${ENTRIES_PER_PAGE}) AS page) AS entries`;
};

/** The position of the feed, the longest lease, and the first page of what has become visible in it since `position`. */
const NEWS = (position: string): string => `
  pg_current_snapshot()::text AS snapshot, epoch::text AS epoch, longest_lease_ms,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms, ${page(position, 'pg_current_snapshot()', `'0'`, '0')}`;

/** `FeedSession.peek` since snapshot $1 on run $2. Writes nothing, and so earns no lease. */
export const PEEK: Prepared = {
  name: 'verifier_peek',
  text: `SELECT ${NEWS('$1')} FROM revocation_feed_epoch WHERE ${SERVER_RUN} = $2`,
};

/** `FeedSession.nextPage` between snapshots $1 and $2, after entry ($3, $4), on run $5. */
export const NEXT_PAGE: Prepared = {
  name: 'verifier_next_page',
  text: `SELECT epoch::text AS epoch, ${page('$1', '$2::pg_snapshot', '$3', '$4')} FROM revocation_feed_epoch WHERE ${SERVER_RUN} = $5`,
};

/** `FeedSession.register`; $4 is the former. */
export const REGISTER: Prepared = {
  name: 'verifier_register',
  text: `
INSERT INTO verifiers (id, round, applied, run, lease_ms, description) SELECT $1, 0, pg_current_snapshot(), ${SERVER_RUN}, $2, $3
RETURNING id, applied::text AS applied, (SELECT epoch::text FROM revocation_feed_epoch) AS epoch, ${SERVER_RUN} AS server_run,
  (SELECT round::text FROM verifiers WHERE id = $4) AS former_round`,
};

/**
 * `FeedSession.beat` of verifier $1: confirms snapshot $3, and reads since snapshot $6, both of run $4. Only a durable round ($5),
 * committed as the session is configured, earns a lease.
 */
export const ROUND: Prepared = {
  name: 'verifier_round',
  text: `
WITH beat AS (
  UPDATE verifiers SET round = round + 1, applied = $3::pg_snapshot, client_verifiers = $7,
    renewed_at = CASE WHEN $5::boolean THEN clock_timestamp() ELSE renewed_at END
  WHERE id = $1 AND round = $2 AND ${SERVER_RUN} = $4 RETURNING 1)
SELECT ${NEWS('$6')}, CASE WHEN NOT $5::boolean THEN set_config('synchronous_commit', 'off', true) END AS commit
FROM beat, revocation_feed_epoch`,
};

export const DEREGISTER: Prepared = {
  name: 'verifier_deregister',
  text: 'DELETE FROM verifiers WHERE id = $1',
};

/**
 * The registry as verifier $1 sees it: the others that lack any of transactions $2 (and, if $3, a wake-up for them), and
 * which of verifiers $4 are gone. A transaction that notifies writes a commit record; nobody waits for its flush,
 * because a lost wake-up does no harm.
 */
export const READ_REGISTRY: Prepared = {
  name: 'verifier_registry',
  text: `
SELECT ${SERVER_START} AS server_start, ${SERVER_RUN} AS server_run,
  CASE WHEN $3 THEN coalesce(json_agg(id ORDER BY id) FILTER (WHERE is_present), '[]') ELSE '[]' END AS ids,
  coalesce(sum(client_verifiers) FILTER (WHERE is_present), 0)::int AS client_verifiers, coalesce(max(lease_ms), 0) AS lease_ms_max,
  (max(round) FILTER (WHERE id = $1::uuid AND is_present))::text AS own_round,
  coalesce(json_agg(json_build_object('id', id, 'round', round::text, 'lease_ms', lease_ms, 'missing', missing, 'of_another_run', NOT is_present))
    FILTER (WHERE id <> $1::uuid AND missing <> '{}'), '[]') AS lacking,
  ARRAY(SELECT x::text FROM unnest($4::uuid[]) AS x WHERE NOT EXISTS (SELECT FROM verifiers WHERE id = x)) AS gone,
  CASE WHEN $3 AND count(*) FILTER (WHERE id <> $1::uuid) > 0
    THEN set_config('synchronous_commit', 'off', true) || pg_notify('rescind_feed', $1::uuid::text)::text END AS woken
FROM (SELECT id, round, lease_ms, client_verifiers, is_present,
    ARRAY(SELECT x FROM unnest($2::text[]) AS x WHERE NOT (is_present AND pg_visible_in_snapshot(x::xid8, applied))) AS missing
  FROM verifiers CROSS JOIN LATERAL (SELECT run IS NOT DISTINCT FROM ${SERVER_RUN} AS is_present) AS its) AS verifier`,
};

/**
 * The news that some verifier has not confirmed: of transactions from the end of a position on, and of those that stand among the
 * ones in progress, where those are that client verifiers hold back. These are of whichever run: a prepared transaction outlives
 * its own. By revocation_feed_xid_idx, tokens_jti_key and the primary keys of owners.
 */
export const UNCONFIRMED: Prepared = {
  name: 'verifier_unconfirmed',
  text: `
SELECT DISTINCT n.xid::text AS transaction_id, n.kind = 'everything' AS of_all, (CASE n.kind
    WHEN 'token' THEN (SELECT business_id FROM tokens WHERE jti = n.subject)
    WHEN 'owner' THEN coalesce((SELECT business_id FROM members WHERE id = n.subject::uuid), (SELECT business_id FROM identities WHERE id = n.subject::uuid))
    WHEN 'business' THEN n.subject::uuid END)::text AS business_id
FROM (
  SELECT xid, kind, subject FROM revocation_feed WHERE run = ANY ((SELECT server_runs_now())::text[])
    AND xid >= (SELECT min(pg_snapshot_xmax(applied)) FROM verifiers WHERE run = ${SERVER_RUN})
  UNION ALL
  SELECT f.* FROM (SELECT DISTINCT pg_snapshot_xip(applied) AS xid FROM verifiers WHERE run = ${SERVER_RUN}) open
    CROSS JOIN LATERAL (SELECT xid, kind, subject FROM revocation_feed WHERE xid = open.xid OFFSET 0) f
) n`,
};

/** `Registry.expel`. A row that is being renewed at this moment is left for the next reading. */
export const EXPEL: Prepared = {
  name: 'verifier_expel',
  text: `
DELETE FROM verifiers WHERE id IN (SELECT id FROM verifiers WHERE id = $1 AND round = $2 FOR UPDATE SKIP LOCKED) AND round = $2
RETURNING id`,
};
