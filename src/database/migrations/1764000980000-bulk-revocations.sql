-- Plans of revocations, revocations of any selected tokens with the set of those that are marked row by row, and
-- revocations that wait for a second person (docs/adr/0071-plans-sets-and-two-persons.md).

-- Revocations of more tokens than this wait for a second person; NULL: none does.
ALTER TABLE businesses ADD COLUMN approval_above integer
  CONSTRAINT businesses_approval_above_check CHECK (approval_above >= 0);
-- A cut-off by one person where two are needed.
ALTER TABLE revocations ADD COLUMN break_glass boolean NOT NULL DEFAULT false;

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

CREATE POLICY rows_of_business ON revocation_plans USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]))
  WITH CHECK ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE revocation_plans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

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
  -- 'approved': a cut-off, whose row in revocations has the same id.
  state varchar(24) NOT NULL CONSTRAINT revocation_requests_state_check
    CHECK (state IN ('awaiting_approval', 'expired', 'approved', 'marking', 'done')),
  -- NULL: no approval was needed.
  approval_expires_at timestamptz(3),
  approved_at timestamptz(3),
  approved_by varchar(320),
  break_glass boolean NOT NULL DEFAULT false,
  revoked_at timestamptz(3),
  tokens_revoked integer,
  finished_at timestamptz(3)
);
CREATE INDEX revocation_requests_of_business_idx ON revocation_requests (business_id, asked_at, id);
CREATE INDEX revocation_requests_open_idx ON revocation_requests (asked_at, id) WHERE state IN ('awaiting_approval', 'marking');

CREATE POLICY rows_of_business ON revocation_requests USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]))
  WITH CHECK ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE revocation_requests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE FUNCTION revocation_request_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was asked for, and what was made of it, stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION revocation_request_stays() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION revocation_request_stays() FROM PUBLIC;
END $$;
CREATE TRIGGER revocation_requests_stay BEFORE UPDATE ON revocation_requests FOR EACH ROW
  WHEN ((NEW.id, NEW.business_id, NEW.kind, NEW.request, NEW.revocation_reason, NEW.asked_at, NEW.asked_by, NEW.asked_by_token, NEW.asked_by_owner,
      NEW.fingerprint, NEW.approval_expires_at, NEW.break_glass)
    IS DISTINCT FROM (OLD.id, OLD.business_id, OLD.kind, OLD.request, OLD.revocation_reason, OLD.asked_at, OLD.asked_by, OLD.asked_by_token, OLD.asked_by_owner,
      OLD.fingerprint, OLD.approval_expires_at, OLD.break_glass)
    OR OLD.state IN ('expired', 'approved', 'done') OR (OLD.state = 'marking' AND NEW.state NOT IN ('marking', 'done'))
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

CREATE POLICY rows_of_business ON revocation_sets USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]))
  WITH CHECK ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE revocation_sets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE FUNCTION revocation_set_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a token does not leave the set of a revocation' USING ERRCODE = 'integrity_constraint_violation';
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION revocation_set_stays() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION revocation_set_stays() FROM PUBLIC;
END $$;
CREATE TRIGGER revocation_sets_stay BEFORE UPDATE ON revocation_sets FOR EACH ROW WHEN (OLD.marked OR NOT NEW.marked)
  EXECUTE FUNCTION revocation_set_stays();
CREATE TRIGGER revocation_sets_kept BEFORE DELETE ON revocation_sets FOR EACH ROW EXECUTE FUNCTION revocation_set_stays();
CREATE TRIGGER revocation_sets_no_truncate BEFORE TRUNCATE ON revocation_sets FOR EACH STATEMENT EXECUTE FUNCTION revocation_set_stays();
