-- A statement that changes many tokens of one owner appends one entry for the owner, in the place of theirs: verifiers
-- forget an owner, and with it all of its tokens, as fast as one token. So with the tokens of a business that have no
-- owner. A trigger for the statement sees all of it, so that nothing can claim to be covered that is not.
-- What a verdict depends on.

DROP TRIGGER tokens_feed_update ON tokens;
      DROP TRIGGER tokens_feed_delete ON tokens;
      DROP FUNCTION feed_of_token();
      
      CREATE FUNCTION feed_of_tokens() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      DECLARE
        many CONSTANT integer := 100;
      BEGIN
        IF TG_OP = 'DELETE' THEN
          INSERT INTO revocation_feed (kind, subject)
          SELECT DISTINCT CASE WHEN number > many THEN kind ELSE 'token' END, CASE WHEN number > many THEN subject ELSE jti END
          FROM (SELECT jti, CASE WHEN owner_kind = 'platform' THEN 'business' ELSE 'owner' END AS kind, subject,
              count(subject) OVER (PARTITION BY subject) AS number
            FROM (SELECT *, coalesce(member_id, identity_id, business_id)::text AS subject FROM before) AS gone) AS counted;
        ELSE
          INSERT INTO revocation_feed (kind, subject)
          SELECT DISTINCT CASE WHEN number > many THEN kind ELSE 'token' END, CASE WHEN number > many THEN subject ELSE jti END
          FROM (SELECT jti, CASE WHEN owner_kind = 'platform' THEN 'business' ELSE 'owner' END AS kind, subject,
              count(subject) OVER (PARTITION BY subject) AS number
            FROM (SELECT *, coalesce(member_id, identity_id, business_id)::text AS subject
              FROM (SELECT id, jti, business_id, member_id, identity_id, owner_kind, revoked_at, expires_at, grace_ends_at, scopes,
          trusted_ips, name, uses_limit, digest FROM before EXCEPT SELECT id, jti, business_id, member_id, identity_id, owner_kind, revoked_at, expires_at, grace_ends_at, scopes,
          trusted_ips, name, uses_limit, digest FROM after) AS changed) AS changed) AS counted;
        END IF;
        IF FOUND AND current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
          PERFORM pg_notify('rescind_feed', '');
        END IF;
        RETURN NULL;
      END $$;
      DO $$ BEGIN EXECUTE format('ALTER FUNCTION feed_of_tokens() SET search_path = %I, pg_temp', current_schema()); END $$;
      CREATE TRIGGER tokens_feed_update AFTER UPDATE ON tokens REFERENCING OLD TABLE AS before NEW TABLE AS after
        FOR EACH STATEMENT EXECUTE FUNCTION feed_of_tokens();
      CREATE TRIGGER tokens_feed_delete AFTER DELETE ON tokens REFERENCING OLD TABLE AS before
        FOR EACH STATEMENT EXECUTE FUNCTION feed_of_tokens();
