-- What is done with the feed costs what is new in it, not what lies in it: it is read page by page in an order that
-- stays, and pruned from its old end. What all verifiers have applied is found by where their snapshots end and by what
-- they saw in progress, once for all entries.

DROP INDEX revocation_feed_xid_idx;
      CREATE INDEX revocation_feed_xid_idx ON revocation_feed (xid, id);

      -- The oldest entries, at most 10000 at a time, that every registered verifier has applied, and that are old enough
      -- for an operator to have looked at. Uses the primary key.
      CREATE OR REPLACE FUNCTION feed_prune(older_than interval) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
        WITH oldest AS MATERIALIZED (SELECT id, xid, recorded_at FROM revocation_feed ORDER BY id LIMIT 10000),
        due AS MATERIALIZED (
          SELECT id FROM oldest WHERE recorded_at < clock_timestamp() - older_than
            AND xid < coalesce((SELECT min(pg_snapshot_xmax(applied)) FROM verifiers), pg_snapshot_xmax(pg_current_snapshot()))
            AND xid <> ALL (ARRAY(SELECT DISTINCT pg_snapshot_xip(applied) FROM verifiers))),
        mine AS MATERIALIZED (SELECT id FROM revocation_feed WHERE id = ANY (ARRAY(SELECT id FROM due)) FOR UPDATE SKIP LOCKED),
        gone AS (DELETE FROM revocation_feed WHERE id = ANY (ARRAY(SELECT id FROM mine)) RETURNING 1)
        SELECT count(*) FROM gone $$;

      CREATE OR REPLACE FUNCTION feed_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        IF EXISTS (SELECT FROM gone WHERE xid >= (SELECT min(pg_snapshot_xmax(applied)) FROM verifiers)
            OR xid = ANY (ARRAY(SELECT DISTINCT pg_snapshot_xip(applied) FROM verifiers))) THEN
          UPDATE revocation_feed_epoch SET epoch = gen_random_uuid();
        END IF;
        RETURN NULL;
      END $$;
      DO $$ BEGIN EXECUTE format('ALTER FUNCTION feed_prune(interval) SET search_path = %I, pg_temp', current_schema()); END $$;
      DO $$ BEGIN EXECUTE format('ALTER FUNCTION feed_deleted() SET search_path = %I, pg_temp', current_schema()); END $$;
