-- How much one person has revoked alone within a day (docs/adr/0071-plans-sets-and-two-persons.md).

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
CREATE POLICY rows_of_business ON revocation_tallies USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]))
  WITH CHECK ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE revocation_tallies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE FUNCTION revocation_tally_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what one person has revoked counts for a day' USING ERRCODE = 'integrity_constraint_violation';
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION revocation_tally_stays() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION revocation_tally_stays() FROM PUBLIC;
END $$;
CREATE FUNCTION revocation_tally_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.made_at > clock_timestamp() - interval '24 hours' THEN
    RAISE EXCEPTION 'what one person has revoked counts for a day' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION revocation_tally_leaves() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION revocation_tally_leaves() FROM PUBLIC;
END $$;
CREATE TRIGGER revocation_tallies_stay BEFORE UPDATE ON revocation_tallies FOR EACH ROW EXECUTE FUNCTION revocation_tally_stays();
CREATE TRIGGER revocation_tallies_kept BEFORE DELETE ON revocation_tallies FOR EACH ROW EXECUTE FUNCTION revocation_tally_leaves();
CREATE TRIGGER revocation_tallies_no_truncate BEFORE TRUNCATE ON revocation_tallies FOR EACH STATEMENT EXECUTE FUNCTION revocation_tally_stays();
