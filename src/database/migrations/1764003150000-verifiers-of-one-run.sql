-- A transaction's id and a snapshot count only together with the run of the server that gave them out: in a database that was
-- restored into another cluster they name other transactions, or ones that lie in the future. What another run gave out counts
-- as committed and visible; a verifier of another run is not there.

-- Which run this is, as SERVER_RUN (src/verifiers/server-run.sql.ts): the server's start and its mark. Second: this start without
-- a mark, as it is after a crash until a verifier has registered.
CREATE FUNCTION server_runs_now() RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE unmarked text := extract(epoch FROM pg_postmaster_start_time())::text || ':';
BEGIN RETURN ARRAY[unmarked || coalesce((SELECT run::text FROM server_run), ''), unmarked]; END $$;
-- Or the lease of whoever registers meanwhile would not be counted.
LOCK TABLE verifiers IN SHARE ROW EXCLUSIVE MODE;
-- What is there is of this run, unless it lies in this run's future: then the database was restored before.
ALTER TABLE revocation_feed ADD COLUMN run text NOT NULL DEFAULT (server_runs_now())[1];
ALTER TABLE verifiers
  -- How many client verifiers each verifier answers for, and when it last renewed its lease, as it says with its rounds.
  -- Nothing is decided by them.
  ADD COLUMN client_verifiers integer NOT NULL DEFAULT 0,
  ADD COLUMN renewed_at timestamptz,
  ADD COLUMN run text NOT NULL DEFAULT (server_runs_now())[1];
UPDATE revocation_feed SET run = '' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
UPDATE verifiers SET run = '' WHERE pg_snapshot_xmax(applied) > pg_snapshot_xmax(pg_current_snapshot());

-- Only this run's verifiers and entries are compared. What others gave out and a snapshot shows in progress is kept
-- nevertheless: a prepared transaction outlives its run.
CREATE OR REPLACE FUNCTION feed_prune(older_than interval) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
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

CREATE OR REPLACE FUNCTION feed_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE runs text[] := server_runs_now();
BEGIN
  IF EXISTS (SELECT FROM gone WHERE (run = ANY (runs) AND xid >= (SELECT min(pg_snapshot_xmax(applied)) FROM verifiers WHERE run = runs[1]))
      OR xid = ANY (ARRAY(SELECT DISTINCT pg_snapshot_xip(applied) FROM verifiers WHERE run = runs[1]))) THEN
    UPDATE revocation_feed_epoch SET epoch = gen_random_uuid();
  END IF;
  RETURN NULL;
END $$;

-- The longest lease of whoever registers is kept beside the epoch of the feed, which each round reads: so each verifier
-- knows for how long others may trust their memory, also others that a database restored from a backup does not show. It
-- falls when nobody has registered for as long a lease for thirty days.
ALTER TABLE revocation_feed_epoch ADD COLUMN longest_lease_ms integer NOT NULL DEFAULT 0,
  ADD COLUMN longest_lease_at timestamptz NOT NULL DEFAULT now();
UPDATE revocation_feed_epoch SET longest_lease_ms = coalesce((SELECT max(lease_ms) FROM verifiers), 0);
CREATE FUNCTION verifiers_note_lease() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  UPDATE revocation_feed_epoch SET longest_lease_ms = CASE
      WHEN longest_lease_at < now() - interval '30 days'
      THEN greatest(NEW.lease_ms, (SELECT max(lease_ms) FROM verifiers)) ELSE greatest(NEW.lease_ms, longest_lease_ms) END,
    longest_lease_at = now()
  WHERE NEW.lease_ms > longest_lease_ms OR longest_lease_at < now() - interval '30 days'
    OR (NEW.lease_ms = longest_lease_ms AND longest_lease_at < now() - interval '1 day');
  RETURN NULL;
END $$;
CREATE TRIGGER verifiers_longest_lease AFTER INSERT ON verifiers FOR EACH ROW EXECUTE FUNCTION verifiers_note_lease();

DO $$ DECLARE function text; BEGIN
  FOREACH function IN ARRAY ARRAY['server_runs_now()', 'feed_prune(interval)', 'feed_deleted()', 'verifiers_note_lease()'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
  END LOOP;
END $$;
