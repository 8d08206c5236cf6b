import type { Prepared } from '../database/prepared.js';

/** Behind a pooler the server can be replaced without the verifier's session noticing; each round asks whether it was. */
const SERVER_START = `extract(epoch FROM pg_postmaster_start_time())::text`;

/** A new verifier: it has nothing in memory, so all that is visible to this statement counts as applied. */
export const REGISTER: Prepared = {
  name: 'verifier_register',
  text: `
INSERT INTO verifiers (id, round, applied, lease_ms, description) VALUES ($1, 0, pg_current_snapshot(), $2, $3)
RETURNING applied::text AS applied, (SELECT epoch::text FROM revocation_feed_epoch) AS epoch, ${SERVER_START} AS server_start`,
};

/** Entries read in one round; with more than these to forget, forgetting everything is cheaper. */
export const ENTRIES_PER_ROUND_MAX = 5000;

export interface RoundRow {
  snapshot: string;
  epoch: string;
  now_ms: number;
  entries: { kind: string; subject: string }[] | null;
}

/** Where the feed stands, and what has become visible in it since `position`. Uses revocation_feed_xid_idx. */
const newsSince = (position: string): string => `
  pg_current_snapshot()::text AS snapshot, epoch::text AS epoch,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
  (SELECT json_agg(news) FROM (
    SELECT kind, subject FROM revocation_feed f
    WHERE f.xid >= pg_snapshot_xmin(${position}::pg_snapshot) AND NOT pg_visible_in_snapshot(f.xid, ${position}::pg_snapshot)
    LIMIT ${ENTRIES_PER_ROUND_MAX + 1}) AS news) AS entries`;

/**
 * Reads what has become visible since snapshot $1. Writes nothing, and so earns nothing. No row: this is not the server,
 * started at $2, that the snapshot is of.
 */
export const PEEK: Prepared = {
  name: 'verifier_peek',
  text: `SELECT ${newsSince('$1')} FROM revocation_feed_epoch WHERE ${SERVER_START} = $2`,
};

/**
 * One round of verifier $1: confirms that it has applied snapshot $3, and reads what has become visible since. Only
 * one that is $5, committed as durably as the session is set up to, earns a lease. No row: the registration is gone,
 * somebody else has used it, or this is not the server, started at $4, that snapshot $3 is of.
 */
export const ROUND: Prepared = {
  name: 'verifier_round',
  text: `
WITH beat AS (
  UPDATE verifiers SET round = round + 1, applied = $3::pg_snapshot WHERE id = $1 AND round = $2 AND ${SERVER_START} = $4 RETURNING 1)
SELECT ${newsSince('$3')}, CASE WHEN NOT $5::boolean THEN set_config('synchronous_commit', 'off', true) END AS commit
FROM beat, revocation_feed_epoch`,
};

export const DEREGISTER: Prepared = {
  name: 'verifier_deregister',
  text: 'DELETE FROM verifiers WHERE id = $1',
};

export interface RegistryRow {
  id: string;
  round: string;
  lease_ms: number;
  /** Which of the asked transactions this verifier has not confirmed. */
  missing: string[];
}

export interface RegistryReading {
  /** When the server was started, as an opaque text: differs after every restart, crash and restore. */
  server_start: string;
  server_age_ms: number;
  others: RegistryRow[];
}

/**
 * All verifiers but $1, what they lack of transactions $2, and a wake-up for them when $3. A transaction that notifies
 * writes a commit record: nobody waits for its flush, because a wake-up that is lost is no loss.
 */
export const READ_REGISTRY: Prepared = {
  name: 'verifier_registry',
  text: `
SELECT pg_postmaster_start_time()::text AS server_start,
  (extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) * 1000)::float8 AS server_age_ms,
  coalesce((SELECT json_agg(row_to_json(other)) FROM (
    SELECT v.id, v.round::text AS round, v.lease_ms,
      ARRAY(SELECT x FROM unnest($2::text[]) AS x WHERE NOT pg_visible_in_snapshot(x::xid8, v.applied)) AS missing
    FROM verifiers v WHERE v.id <> $1::uuid) AS other), '[]') AS others,
  CASE WHEN $3 AND EXISTS (SELECT FROM verifiers v WHERE v.id <> $1::uuid)
    THEN set_config('synchronous_commit', 'off', true) || pg_notify('rescind_feed', $1::uuid::text)::text END AS woken`,
};

/**
 * Takes the registration of a verifier whose lease has run out. Done only if it has not moved on meanwhile; a row
 * that is being renewed at this moment is left for the next look.
 */
export const EXPEL: Prepared = {
  name: 'verifier_expel',
  text: `
DELETE FROM verifiers WHERE id IN (SELECT id FROM verifiers WHERE id = $1 AND round = $2 FOR UPDATE SKIP LOCKED) AND round = $2
RETURNING id`,
};

/**
 * Which life of which server this is: changes with a promotion, a restore from a backup and any restart, since only
 * then can what a verifier has read have been unmade.
 */
export const LINEAGE: Prepared = {
  name: 'verifier_lineage',
  text: `
SELECT concat_ws(':', (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
  extract(epoch FROM pg_postmaster_start_time())) AS lineage`,
};
