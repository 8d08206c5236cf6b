-- The longest lease of whoever registers is kept beside the epoch of the feed, which each round reads: so each verifier
-- knows for how long others may trust their memory, also others that a database restored from a backup does not show. It
-- falls when nobody has registered for as long a lease for thirty days.

-- Or the lease of whoever registers meanwhile would not be counted.
      LOCK TABLE verifiers IN SHARE ROW EXCLUSIVE MODE;
      ALTER TABLE revocation_feed_epoch ADD COLUMN longest_lease_ms integer NOT NULL DEFAULT 0,
        ADD COLUMN longest_lease_at timestamptz NOT NULL DEFAULT now();
      UPDATE revocation_feed_epoch SET longest_lease_ms = coalesce((SELECT max(lease_ms) FROM verifiers), 0);
      CREATE FUNCTION verifiers_note_lease() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE revocation_feed_epoch SET longest_lease_ms = CASE
            WHEN longest_lease_at < now() - interval '30 days'
            THEN greatest(NEW.lease_ms, (SELECT max(lease_ms) FROM verifiers)) ELSE greatest(NEW.lease_ms, longest_lease_ms) END,
          longest_lease_at = now()
        WHERE NEW.lease_ms > longest_lease_ms OR longest_lease_at < now() - interval '30 days'
          OR (NEW.lease_ms = longest_lease_ms AND longest_lease_at < now() - interval '1 day');
        RETURN NULL;
      END $$;
      DO $do$ BEGIN
        EXECUTE format('ALTER FUNCTION verifiers_note_lease() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
        REVOKE EXECUTE ON FUNCTION verifiers_note_lease() FROM PUBLIC;
      END $do$;
      CREATE TRIGGER verifiers_longest_lease AFTER INSERT ON verifiers
        FOR EACH ROW EXECUTE FUNCTION verifiers_note_lease();
