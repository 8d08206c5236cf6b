-- "Nothing issued before this moment is good": one row of `revocations` that refuses any number of tokens of a business, a
-- member, an identity, a pepper or the whole platform. A trigger raises the group's `not_before` with it, and the feed says
-- so in one entry (docs/adr/0068-cut-offs.md).
-- One entry for a group that is cut off, as for one that is suspended, disabled or removed.
-- Of token t with its business b, member m and identity i.

-- Tokens that were created then or before are refused, whatever their own rows say.
ALTER TABLE businesses ADD COLUMN not_before timestamptz(3);
ALTER TABLE members ADD COLUMN not_before timestamptz(3);
ALTER TABLE identities ADD COLUMN not_before timestamptz(3);
ALTER TABLE peppers ADD COLUMN not_before timestamptz(3);
CREATE TABLE platform_not_before (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), not_before timestamptz(3));
INSERT INTO platform_not_before DEFAULT VALUES;

-- The cut-off that ended the token; NULL: it was revoked by itself, or is not revoked.
ALTER TABLE tokens ADD COLUMN revoked_with uuid;
CREATE INDEX tokens_revoked_with_idx ON tokens (revoked_with, created_at, id) WHERE revoked_with IS NOT NULL;

CREATE TABLE revocations (
  id uuid PRIMARY KEY,
  -- In the order of the log, and so of their taking effect.
  number bigint GENERATED ALWAYS AS IDENTITY,
  -- The nil UUID for the platform.
  business_id uuid NOT NULL,
  shape varchar(16) NOT NULL CONSTRAINT revocations_shape_check CHECK (shape IN ('business', 'owner', 'identity', 'platform', 'pepper')),
  -- The id of the business, member or identity; 'platform'; 'pepper:' and the id of the pepper.
  subject varchar(48) NOT NULL,
  -- As it was asked for.
  selector jsonb NOT NULL,
  not_before timestamptz(3) NOT NULL,
  revoked_at timestamptz(3) NOT NULL DEFAULT now(),
  revoked_by varchar(320) NOT NULL,
  revocation_reason varchar(1024),
  state varchar(16) NOT NULL DEFAULT 'marking' CONSTRAINT revocations_state_check CHECK (state IN ('marking', 'done')),
  -- How far the marking has come: the log, and the place in tokens_created_at_idx or the index of the owner.
  marked_log uuid,
  marked_created_at timestamptz(3),
  marked_id uuid,
  -- NULL: not all are marked yet.
  tokens_revoked integer,
  finished_at timestamptz(3)
);
CREATE INDEX revocations_of_business_idx ON revocations (business_id, revoked_at, id);
CREATE INDEX revocations_of_subject_idx ON revocations (subject, number);
CREATE INDEX revocations_marking_idx ON revocations (number) WHERE state = 'marking';
-- What the platform cuts off concerns every business, and is told with its tokens.
CREATE POLICY rows_of_business ON revocations USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[])
  OR (business_id = '00000000-0000-0000-0000-000000000000' AND (SELECT nullif(current_setting('app.business_id', true), '') IS NOT NULL)))
  WITH CHECK ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE revocations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE FUNCTION revocation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a cut-off cannot be undone or changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER revocations_stay BEFORE UPDATE ON revocations FOR EACH ROW
  WHEN ((NEW.id, NEW.number, NEW.business_id, NEW.shape, NEW.subject, NEW.selector, NEW.not_before, NEW.revoked_at, NEW.revoked_by, NEW.revocation_reason)
    IS DISTINCT FROM (OLD.id, OLD.number, OLD.business_id, OLD.shape, OLD.subject, OLD.selector, OLD.not_before, OLD.revoked_at, OLD.revoked_by, OLD.revocation_reason)
    OR OLD.state = 'done')
  EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER revocations_kept BEFORE DELETE ON revocations FOR EACH ROW EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER revocations_no_truncate BEFORE TRUNCATE ON revocations FOR EACH STATEMENT EXECUTE FUNCTION revocation_stays();

-- The one way in which a group is cut off: with the row that says who did it, and why.
CREATE FUNCTION revocation_applies() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE reached timestamptz;
BEGIN
  CASE NEW.shape
    WHEN 'business' THEN
      UPDATE businesses SET not_before = NEW.not_before WHERE id = NEW.subject::uuid AND id = NEW.business_id AND coalesce(not_before < NEW.not_before, true);
      SELECT not_before INTO reached FROM businesses WHERE id = NEW.subject::uuid AND id = NEW.business_id;
    WHEN 'owner' THEN
      UPDATE members SET not_before = NEW.not_before WHERE id = NEW.subject::uuid AND business_id = NEW.business_id AND coalesce(not_before < NEW.not_before, true);
      SELECT not_before INTO reached FROM members WHERE id = NEW.subject::uuid AND business_id = NEW.business_id;
    WHEN 'identity' THEN
      UPDATE identities SET not_before = NEW.not_before WHERE id = NEW.subject::uuid AND business_id = NEW.business_id AND coalesce(not_before < NEW.not_before, true);
      SELECT not_before INTO reached FROM identities WHERE id = NEW.subject::uuid AND business_id = NEW.business_id;
    WHEN 'pepper' THEN
      UPDATE peppers SET not_before = NEW.not_before WHERE 'pepper:' || id = NEW.subject AND NEW.business_id = '00000000-0000-0000-0000-000000000000' AND coalesce(not_before < NEW.not_before, true);
      SELECT not_before INTO reached FROM peppers WHERE 'pepper:' || id = NEW.subject AND NEW.business_id = '00000000-0000-0000-0000-000000000000';
    WHEN 'platform' THEN
      UPDATE platform_not_before SET not_before = NEW.not_before
        WHERE NEW.subject = 'platform' AND NEW.business_id = '00000000-0000-0000-0000-000000000000' AND coalesce(not_before < NEW.not_before, true);
      SELECT not_before INTO reached FROM platform_not_before WHERE NEW.subject = 'platform' AND NEW.business_id = '00000000-0000-0000-0000-000000000000';
  END CASE;
  IF coalesce(reached < NEW.not_before, true) THEN
    RAISE EXCEPTION 'there is nothing that this could cut off' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER revocations_apply AFTER INSERT ON revocations FOR EACH ROW EXECUTE FUNCTION revocation_applies();

-- R3 at its root: it only rises, and not without the row that says so.
CREATE FUNCTION not_before_rises() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE cut text := CASE TG_TABLE_NAME WHEN 'platform_not_before' THEN 'platform' WHEN 'peppers' THEN 'pepper:' || (to_jsonb(NEW)->>'id')
  ELSE to_jsonb(NEW)->>'id' END;
BEGIN
  IF coalesce(NEW.not_before < OLD.not_before, OLD.not_before IS NOT NULL) THEN
    RAISE EXCEPTION 'a cut-off cannot be undone or lowered' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM revocations r WHERE r.subject = cut AND r.not_before = NEW.not_before) THEN
    RAISE EXCEPTION 'a cut-off is made by its row in revocations' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER businesses_not_before BEFORE UPDATE OF not_before ON businesses FOR EACH ROW
  WHEN (OLD.not_before IS DISTINCT FROM NEW.not_before) EXECUTE FUNCTION not_before_rises();
CREATE TRIGGER members_not_before BEFORE UPDATE OF not_before ON members FOR EACH ROW
  WHEN (OLD.not_before IS DISTINCT FROM NEW.not_before) EXECUTE FUNCTION not_before_rises();
CREATE TRIGGER identities_not_before BEFORE UPDATE OF not_before ON identities FOR EACH ROW
  WHEN (OLD.not_before IS DISTINCT FROM NEW.not_before) EXECUTE FUNCTION not_before_rises();
CREATE TRIGGER peppers_not_before BEFORE UPDATE OF not_before ON peppers FOR EACH ROW
  WHEN (OLD.not_before IS DISTINCT FROM NEW.not_before) EXECUTE FUNCTION not_before_rises();
CREATE TRIGGER platform_not_before_not_before BEFORE UPDATE OF not_before ON platform_not_before FOR EACH ROW
  WHEN (OLD.not_before IS DISTINCT FROM NEW.not_before) EXECUTE FUNCTION not_before_rises();
CREATE TRIGGER platform_not_before_kept BEFORE DELETE ON platform_not_before FOR EACH ROW EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER platform_not_before_no_truncate BEFORE TRUNCATE ON platform_not_before FOR EACH STATEMENT EXECUTE FUNCTION revocation_stays();

DROP TRIGGER members_feed_update ON members;
CREATE TRIGGER members_feed_update AFTER UPDATE ON members FOR EACH ROW
  WHEN ((OLD.role, OLD.email, OLD.name, OLD.removed_at, OLD.id, OLD.not_before) IS DISTINCT FROM (NEW.role, NEW.email, NEW.name, NEW.removed_at, NEW.id, NEW.not_before)) EXECUTE FUNCTION feed_of_owner();
DROP TRIGGER identities_feed_update ON identities;
CREATE TRIGGER identities_feed_update AFTER UPDATE ON identities FOR EACH ROW
  WHEN ((OLD.role, OLD.name, OLD.status, OLD.id, OLD.not_before) IS DISTINCT FROM (NEW.role, NEW.name, NEW.status, NEW.id, NEW.not_before)) EXECUTE FUNCTION feed_of_owner();
DROP TRIGGER businesses_feed_update ON businesses;
CREATE TRIGGER businesses_feed_update AFTER UPDATE ON businesses FOR EACH ROW
  WHEN ((OLD.status, OLD.id, OLD.not_before) IS DISTINCT FROM (NEW.status, NEW.id, NEW.not_before)) EXECUTE FUNCTION feed_of_business();

CREATE TRIGGER platform_not_before_feed_update AFTER UPDATE ON platform_not_before FOR EACH ROW EXECUTE FUNCTION feed_of_everything();
CREATE TRIGGER peppers_feed_update AFTER UPDATE ON peppers FOR EACH ROW
  WHEN (OLD.not_before IS DISTINCT FROM NEW.not_before) EXECUTE FUNCTION feed_of_everything();

CREATE OR REPLACE FUNCTION feed_of_tokens() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
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
              FROM (SELECT id, jti, business_id, member_id, identity_id, owner_kind, CASE WHEN revoked_with IS NULL THEN revoked_at END AS revoked_at, expires_at, grace_ends_at, scopes,
          trusted_ips, name, uses_limit, kind, idle_seconds, digest FROM before EXCEPT SELECT id, jti, business_id, member_id, identity_id, owner_kind, CASE WHEN revoked_with IS NULL THEN revoked_at END AS revoked_at, expires_at, grace_ends_at, scopes,
          trusted_ips, name, uses_limit, kind, idle_seconds, digest FROM after) AS changed) AS changed) AS counted;
        END IF;
        IF FOUND THEN
          INSERT INTO revocation_feed (kind, subject) SELECT 'token', s.jti FROM before b CROSS JOIN LATERAL (
            SELECT jti FROM tokens WHERE issued_by_token = b.id AND kind = 'session' AND revoked_at IS NULL AND expires_at > now() OFFSET 0) s;
          PERFORM true;
        END IF;
        IF FOUND AND current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
          PERFORM pg_notify('rescind_feed', '');
        END IF;
        IF TG_OP = 'UPDATE' THEN 
    INSERT INTO cut_off_tokens (revocation_id, business_id, token_created_at, token_id)
      SELECT revoked_with, coalesce(business_id, '00000000-0000-0000-0000-000000000000'), created_at, id FROM after
      WHERE revoked_with IS NOT NULL AND kind = 'api' EXCEPT SELECT revoked_with, coalesce(business_id, '00000000-0000-0000-0000-000000000000'), created_at, id FROM before
      WHERE revoked_with IS NOT NULL AND kind = 'api' ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
      END $$;
      DO $$ BEGIN EXECUTE format('ALTER FUNCTION feed_of_tokens() SET search_path = %I, pg_temp', current_schema()); END $$;

-- The first end counts, and the log says in which order: whoever revokes a token that was cut off before finds it revoked
-- by that, with the facts of that.
CREATE FUNCTION token_revoked_with() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE cut record;
BEGIN
  NEW.revoked_with := NULL;
  IF NEW.created_at <= greatest((SELECT p.not_before FROM platform_not_before p), (SELECT b.not_before FROM businesses b WHERE b.id = NEW.business_id),
      (SELECT m.not_before FROM members m WHERE m.id = NEW.member_id), (SELECT i.not_before FROM identities i WHERE i.id = NEW.identity_id),
      (SELECT p.not_before FROM peppers p WHERE p.id = NEW.pepper_id)) THEN
    SELECT r.id, r.revoked_at, r.revoked_by, r.revocation_reason INTO STRICT cut FROM revocations r
      WHERE r.subject = ANY (ARRAY['platform', 'pepper:' || NEW.pepper_id, NEW.business_id::text, NEW.member_id::text, NEW.identity_id::text])
        AND r.not_before >= NEW.created_at ORDER BY r.number LIMIT 1;
    NEW.revoked_with := cut.id;
    NEW.revoked_at := cut.revoked_at;
    NEW.revoked_by := cut.revoked_by;
    NEW.revocation_reason := cut.revocation_reason;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tokens_revoked_with BEFORE UPDATE ON tokens FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION token_revoked_with();

CREATE FUNCTION token_revoked_with_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what ended a token is said by its revocation alone' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER tokens_revoked_with_stays BEFORE UPDATE OF revoked_with ON tokens FOR EACH ROW
  WHEN (OLD.revoked_with IS DISTINCT FROM NEW.revoked_with AND (OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL))
  EXECUTE FUNCTION token_revoked_with_stays();

-- For what concerns every business: waits for all changes under way, and has others wait until the transaction ends.
CREATE FUNCTION audit_lock_every_log() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  LOCK TABLE audit_heads IN EXCLUSIVE MODE;
END $$;

DO $$ DECLARE function text; BEGIN
  FOREACH function IN ARRAY ARRAY[
    'revocation_stays()', 'revocation_applies()', 'not_before_rises()', 'token_revoked_with()', 'token_revoked_with_stays()', 'audit_lock_every_log()'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
  END LOOP;
END $$;
