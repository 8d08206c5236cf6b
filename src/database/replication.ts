export interface Replication {
  standbys: number;
  /** Whether the loss of the primary can take what was acknowledged with it, although there are standbys; null: cannot be told. */
  is_lossy: boolean | null;
}

/**
 * How the server replicates, in SQL. A standby streams and reports what it has replayed, unlike `pg_receivewal`, and is no logical
 * subscription. Without the rights of pg_read_all_stats nothing is shown of a walsender but that it is there.
 */
export const REPLICATION = `
SELECT standbys, CASE WHEN synchronous THEN false WHEN standbys > 0 THEN true WHEN unseen THEN NULL ELSE false END AS is_lossy
FROM (SELECT (count(*) FILTER (WHERE is_standby))::int AS standbys, coalesce(bool_or(state IS NULL), false) AS unseen,
    coalesce(bool_or(sync_state IN ('sync', 'quorum')) FILTER (WHERE is_standby), false) AS synchronous
  FROM (SELECT state, sync_state, state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL AND NOT EXISTS (
      SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical') AS is_standby
    FROM pg_stat_replication r) AS walsender) AS seen`;

/** What is wrong with it, in one sentence with the way out; null: nothing. */
export function replicationProblem({ is_lossy: isLossy, standbys }: Replication): string | null {
  if (isLossy === null)
    return 'Whether standbys are synchronous cannot be told: GRANT pg_read_all_stats TO rescind_app.';
  return isLossy
    ? `No standby of ${standbys} is synchronous, so a failover can lose revocations that were acknowledged: set synchronous_standby_names (Patroni: synchronous_mode and synchronous_mode_strict; CloudNativePG: dataDurability: required).`
    : null;
}
