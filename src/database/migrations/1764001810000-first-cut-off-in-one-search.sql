-- Which cut-off ended a token is one search of an index for each row that is marked, in the place of six statements. It says
-- the same: a group has a `not_before` only with the row of a cut-off that says so (CutOffs1764000950000).
-- Sub-selects, so that it is planned once a session: the planner may not look at what the values are (anyNumberOf in prepared.ts).

CREATE INDEX revocations_of_subject_until_idx ON revocations (subject, not_before);

CREATE OR REPLACE FUNCTION token_revoked_with() RETURNS trigger LANGUAGE plpgsql AS $$
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
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION token_revoked_with() SET search_path = %I, pg_temp', current_schema());
END $$;
