-- A transaction's id and a snapshot count only together with the run of the server that gave them out: in a database that was
-- restored into another cluster they name other transactions, or ones that lie in the future. What another run gave out counts
-- as committed and visible; a verifier of another run is not there.

-- Which run this is, as SERVER_RUN (src/verifiers/server-run.sql.ts): the server's start and its mark. Second: this start without
-- a mark, as it is after a crash until a verifier has registered.
CREATE FUNCTION server_runs_now() RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE unmarked text := extract(epoch FROM pg_postmaster_start_time())::text || ':';
BEGIN RETURN ARRAY[unmarked || coalesce((SELECT run::text FROM server_run), ''), unmarked]; END $$;
REVOKE EXECUTE ON FUNCTION server_runs_now() FROM PUBLIC;
DO $$ BEGIN EXECUTE format('ALTER FUNCTION server_runs_now() SET search_path = %I, pg_temp', current_schema()); END $$;
-- What is there is of this run, unless it lies in this run's future: then the database was restored before.
ALTER TABLE revocation_feed ADD COLUMN run text NOT NULL DEFAULT (server_runs_now())[1];
ALTER TABLE verifiers ADD COLUMN run text NOT NULL DEFAULT (server_runs_now())[1];
UPDATE revocation_feed SET run = '' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
UPDATE verifiers SET run = '' WHERE pg_snapshot_xmax(applied) > pg_snapshot_xmax(pg_current_snapshot());

-- As before, where only this run's verifiers and entries are compared. What others gave out and a snapshot shows in progress is
-- kept nevertheless: a prepared transaction outlives its run.
CREATE OR REPLACE FUNCTION feed_prune(older_than interval) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  WITH present AS MATERIALIZED (SELECT applied FROM verifiers WHERE run = (SELECT server_runs_now())[1]),
  oldest AS MATERIALIZED (SELECT id, xid, run, recorded_at FROM revocation_feed ORDER BY id LIMIT 10000),
  due AS MATERIALIZED (
    SELECT id FROM oldest WHERE recorded_at < clock_timestamp() - older_than
      AND (xid < coalesce((SELECT min(pg_snapshot_xmax(applied)) FROM present), pg_snapshot_xmax(pg_current_snapshot()))
        OR run <> ALL ((SELECT server_runs_now())::text[]))
      AND xid <> ALL (ARRAY(SELECT DISTINCT pg_snapshot_xip(applied) FROM present))),
  mine AS MATERIALIZED (SELECT id FROM revocation_feed WHERE id = ANY (ARRAY(SELECT id FROM due)) FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM revocation_feed WHERE id = ANY (ARRAY(SELECT id FROM mine)) RETURNING 1)
  SELECT count(*) FROM gone $$;

CREATE OR REPLACE FUNCTION feed_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE runs text[] := server_runs_now();
BEGIN
  IF EXISTS (SELECT FROM gone WHERE (run = ANY (runs) AND xid >= (SELECT min(pg_snapshot_xmax(applied)) FROM verifiers WHERE run = runs[1]))
      OR xid = ANY (ARRAY(SELECT DISTINCT pg_snapshot_xip(applied) FROM verifiers WHERE run = runs[1]))) THEN
    UPDATE revocation_feed_epoch SET epoch = gen_random_uuid();
  END IF;
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION feed_prune(interval) SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION feed_deleted() SET search_path = %I, pg_temp', current_schema());
END $$;
