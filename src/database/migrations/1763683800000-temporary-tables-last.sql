-- Functions with the owner's rights look for their tables among the temporary ones last. PostgreSQL looks there first
-- unless told otherwise: a session with a temporary `revocation_feed` would have kept its revocations to itself.

DO $$ DECLARE name text; BEGIN
        FOREACH name IN ARRAY ARRAY['feed_append(text, text)', 'feed_new_epoch()', 'feed_prune(interval)', 'feed_deleted()', 'audit_ensure_partitions()', 'audit_close_tiles(uuid[], int[], bigint[], bytea[])'] LOOP
          EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
        END LOOP;
      END $$;
