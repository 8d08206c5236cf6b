-- Revocations of many tokens since 0.2.0: cut-offs, plans, selected sets, second persons.
-- "Nothing issued before this moment is good": one row of `revocations` refuses any number of tokens of a business, a member,
-- an identity, a pepper or the whole platform. A trigger raises the group's `not_before` with it, and the feed says so in one
-- entry, as for one that is suspended, disabled or removed (docs/adr/0068-cut-offs.md).

CREATE TABLE platform_not_before (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), not_before timestamptz(3));
INSERT INTO platform_not_before DEFAULT VALUES;

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
  finished_at timestamptz(3),
  -- By one person where two are needed.
  break_glass boolean NOT NULL DEFAULT false
);
CREATE INDEX revocations_of_business_idx ON revocations (business_id, revoked_at, id);
CREATE INDEX revocations_of_subject_idx ON revocations (subject, number);
CREATE INDEX revocations_marking_idx ON revocations (number) WHERE state = 'marking';
CREATE INDEX revocations_of_subject_until_idx ON revocations (subject, not_before);

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
CREATE TRIGGER platform_not_before_kept BEFORE DELETE ON platform_not_before FOR EACH ROW EXECUTE FUNCTION revocation_stays();
CREATE TRIGGER platform_not_before_no_truncate BEFORE TRUNCATE ON platform_not_before FOR EACH STATEMENT EXECUTE FUNCTION revocation_stays();

-- The one way in which a group is cut off: with the row that says who did it, and why.
CREATE FUNCTION revocation_applies() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
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
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['businesses', 'members', 'identities', 'peppers', 'platform_not_before'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OF not_before ON %I FOR EACH ROW
      WHEN (OLD.not_before IS DISTINCT FROM NEW.not_before) EXECUTE FUNCTION not_before_rises()', name || '_not_before', name);
  END LOOP;
END $$;

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

-- The API tokens that cut-offs have revoked, once they are marked, in the place of an index on tokens.revoked_with. A token
-- enters its list in the statement that marks it, by feed_of_tokens.
CREATE TABLE cut_off_tokens (
  revocation_id uuid NOT NULL,
  -- The nil UUID for tokens of the platform.
  business_id uuid NOT NULL,
  token_created_at timestamptz(3) NOT NULL,
  token_id uuid NOT NULL,
  PRIMARY KEY (revocation_id, token_created_at, token_id)
);
CREATE FUNCTION cut_off_token_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a token does not leave the list of what revoked it' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER cut_off_tokens_stay BEFORE UPDATE OR DELETE ON cut_off_tokens FOR EACH ROW EXECUTE FUNCTION cut_off_token_stays();
CREATE TRIGGER cut_off_tokens_no_truncate BEFORE TRUNCATE ON cut_off_tokens FOR EACH STATEMENT EXECUTE FUNCTION cut_off_token_stays();

-- A token that a cut-off marks was told of with its group. With a token its sessions are forgotten.
-- EXCEPT and no join: it costs the same whatever the planner expects of the two.
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

-- The first end counts, and the log says in which order: whoever revokes a token that was cut off before finds it revoked
-- by that, with the facts of that. A group has a `not_before` only with the row of a cut-off that says so.
-- Sub-selects, so that it is planned once a session: the planner may not look at what the values are (anyNumberOf in prepared.ts).
CREATE FUNCTION token_revoked_with() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE cut record;
BEGIN
  NEW.revoked_with := NULL;
  SELECT r.id, r.revoked_at, r.revoked_by, r.revocation_reason INTO cut FROM revocations r
    WHERE r.subject = ANY ((SELECT ARRAY['platform', 'pepper:' || NEW.pepper_id, NEW.business_id::text, NEW.member_id::text, NEW.identity_id::text])::text[])
      AND r.not_before >= (SELECT NEW.created_at) ORDER BY r.number LIMIT 1;
  IF FOUND THEN
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

-- What was waited for when a token was revoked, so that every receipt says the same. Added once, and never changed.
CREATE TABLE revocation_barriers (
  token_id uuid PRIMARY KEY,
  -- The nil UUID for a token of the platform.
  business_id uuid NOT NULL,
  facts jsonb NOT NULL,
  -- Under a key derived from the signing key; 4 bytes that name the key before it.
  mac bytea NOT NULL
);
CREATE TRIGGER revocation_barriers_stay BEFORE UPDATE OR DELETE ON revocation_barriers FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

-- Plans of revocations, revocations of any selected tokens with the set of those that are marked row by row, and
-- revocations that wait for a second person (docs/adr/0071-plans-sets-and-two-persons.md).
CREATE TABLE revocation_plans (
  id uuid PRIMARY KEY,
  -- The nil UUID for the platform.
  business_id uuid NOT NULL,
  -- Whoever made it, and may use it.
  actor_token_id uuid NOT NULL,
  -- What was asked for, and who they were then.
  request jsonb NOT NULL,
  -- The set that was shown: how many, and the exclusive or of two hashes of their ids.
  tokens integer NOT NULL,
  fingerprint bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3)
);
CREATE INDEX revocation_plans_expires_at_idx ON revocation_plans (expires_at);

CREATE TABLE revocation_requests (
  id uuid PRIMARY KEY,
  business_id uuid NOT NULL,
  kind varchar(16) NOT NULL CONSTRAINT revocation_requests_kind_check CHECK (kind IN ('cut_off', 'selection')),
  request jsonb NOT NULL,
  revocation_reason varchar(1024) NOT NULL,
  asked_at timestamptz(3) NOT NULL DEFAULT now(),
  -- In one word, as revoked_by of its tokens.
  asked_by varchar(320) NOT NULL,
  asked_by_token uuid NOT NULL,
  -- Their member or identity; NULL: none.
  asked_by_owner uuid,
  tokens_matched integer NOT NULL,
  -- Of the set as it was when it was asked for; NULL: it was made at once.
  fingerprint bytea,
  -- 'approved': a cut-off, whose row in revocations has the same id. Declined: for good (docs/adr/0087-a-revocation-can-be-declined.md).
  state varchar(24) NOT NULL CONSTRAINT revocation_requests_state_check
    CHECK (state IN ('awaiting_approval', 'expired', 'declined', 'approved', 'marking', 'done')),
  -- NULL: no approval was needed.
  approval_expires_at timestamptz(3),
  approved_at timestamptz(3),
  approved_by varchar(320),
  break_glass boolean NOT NULL DEFAULT false,
  revoked_at timestamptz(3),
  tokens_revoked integer,
  finished_at timestamptz(3),
  declined_at timestamptz(3),
  declined_by varchar(320),
  decline_reason varchar(1024),
  CONSTRAINT revocation_requests_declined_check CHECK (
    num_nonnulls(declined_at, declined_by, decline_reason) = CASE WHEN state = 'declined' THEN 3 ELSE 0 END
    AND (state <> 'declined' OR num_nonnulls(approved_at, approved_by, revoked_at) = 0))
);
CREATE INDEX revocation_requests_of_business_idx ON revocation_requests (business_id, asked_at, id);
CREATE INDEX revocation_requests_open_idx ON revocation_requests (asked_at, id) WHERE state IN ('awaiting_approval', 'marking');

-- What was asked for stays as it is, and so does what was made of it, once it is in a final state.
CREATE FUNCTION revocation_request_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was asked for, and what was made of it, stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER revocation_requests_stay BEFORE UPDATE ON revocation_requests FOR EACH ROW
  WHEN ((NEW.id, NEW.business_id, NEW.kind, NEW.request, NEW.revocation_reason, NEW.asked_at, NEW.asked_by, NEW.asked_by_token, NEW.asked_by_owner,
      NEW.fingerprint, NEW.approval_expires_at, NEW.break_glass)
    IS DISTINCT FROM (OLD.id, OLD.business_id, OLD.kind, OLD.request, OLD.revocation_reason, OLD.asked_at, OLD.asked_by, OLD.asked_by_token, OLD.asked_by_owner,
      OLD.fingerprint, OLD.approval_expires_at, OLD.break_glass)
    OR OLD.state IN ('expired', 'declined', 'approved', 'done') OR (OLD.state = 'marking' AND NEW.state NOT IN ('marking', 'done'))
    OR (OLD.state = 'marking' AND (NEW.revoked_at, NEW.approved_at, NEW.approved_by) IS DISTINCT FROM (OLD.revoked_at, OLD.approved_at, OLD.approved_by)))
  EXECUTE FUNCTION revocation_request_stays();
CREATE TRIGGER revocation_requests_kept BEFORE DELETE ON revocation_requests FOR EACH ROW EXECUTE FUNCTION revocation_request_stays();
CREATE TRIGGER revocation_requests_no_truncate BEFORE TRUNCATE ON revocation_requests FOR EACH STATEMENT EXECUTE FUNCTION revocation_request_stays();

-- The tokens that a revocation of any selected ones means, as they were when it began.
CREATE TABLE revocation_sets (
  revocation_id uuid NOT NULL,
  business_id uuid NOT NULL,
  token_created_at timestamptz(3) NOT NULL,
  token_id uuid NOT NULL,
  marked boolean NOT NULL DEFAULT false,
  -- False as well for one that somebody else had revoked before its turn came.
  revoked boolean NOT NULL DEFAULT false,
  PRIMARY KEY (revocation_id, token_created_at, token_id)
);
CREATE INDEX revocation_sets_due_idx ON revocation_sets (revocation_id, token_id) WHERE NOT marked;
CREATE INDEX revocation_sets_due_of_token_idx ON revocation_sets (token_id) WHERE NOT marked;

CREATE FUNCTION revocation_set_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a token does not leave the set of a revocation' USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- The list of what a revocation has revoked is kept for 90 days; a token that is not revoked by then never leaves it.
CREATE FUNCTION revocation_set_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT OLD.marked OR NOT EXISTS (SELECT FROM revocation_requests
      WHERE id = OLD.revocation_id AND state = 'done' AND finished_at <= clock_timestamp() - interval '90 days') THEN
    RAISE EXCEPTION 'a token does not leave the set of a revocation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER revocation_sets_stay BEFORE UPDATE ON revocation_sets FOR EACH ROW WHEN (OLD.marked OR NOT NEW.marked)
  EXECUTE FUNCTION revocation_set_stays();
CREATE TRIGGER revocation_sets_kept BEFORE DELETE ON revocation_sets FOR EACH ROW EXECUTE FUNCTION revocation_set_leaves();
CREATE TRIGGER revocation_sets_no_truncate BEFORE TRUNCATE ON revocation_sets FOR EACH STATEMENT EXECUTE FUNCTION revocation_set_stays();

-- What was revoked by one person where two may be needed. It counts for 24 hours.
CREATE TABLE revocation_tallies (
  revocation_id uuid PRIMARY KEY,
  -- The nil UUID for the platform.
  business_id uuid NOT NULL,
  -- By which its author is told again: token, member, identity and e-mail, and those that the token comes from.
  author_keys text[] NOT NULL,
  tokens integer NOT NULL CONSTRAINT revocation_tallies_tokens_check CHECK (tokens > 0),
  made_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revocation_tallies_of_business_idx ON revocation_tallies (business_id, made_at);
CREATE INDEX revocation_tallies_made_at_idx ON revocation_tallies (made_at);
CREATE FUNCTION revocation_tally_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what one person has revoked counts for a day' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION revocation_tally_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.made_at > clock_timestamp() - interval '24 hours' THEN
    RAISE EXCEPTION 'what one person has revoked counts for a day' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER revocation_tallies_stay BEFORE UPDATE ON revocation_tallies FOR EACH ROW EXECUTE FUNCTION revocation_tally_stays();
CREATE TRIGGER revocation_tallies_kept BEFORE DELETE ON revocation_tallies FOR EACH ROW EXECUTE FUNCTION revocation_tally_leaves();
CREATE TRIGGER revocation_tallies_no_truncate BEFORE TRUNCATE ON revocation_tallies FOR EACH STATEMENT EXECUTE FUNCTION revocation_tally_stays();

DO $$ DECLARE function text; BEGIN
  FOREACH function IN ARRAY ARRAY['revocation_stays()', 'revocation_applies()', 'not_before_rises()', 'token_revoked_with()',
    'token_revoked_with_stays()', 'cut_off_token_stays()', 'feed_of_tokens()', 'revocation_request_stays()',
    'revocation_set_stays()', 'revocation_set_leaves()', 'revocation_tally_stays()', 'revocation_tally_leaves()'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
  END LOOP;
END $$;
