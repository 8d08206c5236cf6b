-- What an operator may do to feed and registry by hand must not leave a verifier trusting its memory: a deletion of
-- entries that somebody has not read yet makes all start over, and registrations never vanish all at once.

CREATE FUNCTION feed_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        IF EXISTS (SELECT FROM gone g CROSS JOIN verifiers v WHERE NOT pg_visible_in_snapshot(g.xid, v.applied)) THEN
          UPDATE revocation_feed_epoch SET epoch = gen_random_uuid();
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER revocation_feed_delete AFTER DELETE ON revocation_feed REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION feed_deleted();

      CREATE FUNCTION verifiers_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'a verifier that is not registered is not waited for: registrations end by themselves'
          USING ERRCODE = 'insufficient_privilege';
      END $$;
      CREATE TRIGGER verifiers_no_truncate BEFORE TRUNCATE ON verifiers
        FOR EACH STATEMENT EXECUTE FUNCTION verifiers_refuse_truncate();
