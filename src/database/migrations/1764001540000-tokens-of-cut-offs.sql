-- A table lists the tokens of cut-offs, in the place of an index on tokens.revoked_with: while no index has a column that a
-- revocation writes, PostgreSQL writes the row alone and none of the indexes of the table
-- (docs/adr/0086-marking-writes-no-index.md). A token enters its list in the statement that marks it, by a trigger.
-- EXCEPT and no join: it costs the same whatever the planner expects of the two.

LOCK TABLE tokens IN SHARE ROW EXCLUSIVE MODE;

-- The API tokens that cut-offs have revoked, once they are marked.
CREATE TABLE cut_off_tokens (
  revocation_id uuid NOT NULL,
  -- The nil UUID for tokens of the platform.
  business_id uuid NOT NULL,
  token_created_at timestamptz(3) NOT NULL,
  token_id uuid NOT NULL,
  PRIMARY KEY (revocation_id, token_created_at, token_id)
);
CREATE POLICY rows_of_business ON cut_off_tokens USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[])) WITH CHECK ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE cut_off_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION cut_off_token_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a token does not leave the list of what revoked it' USING ERRCODE = 'integrity_constraint_violation';
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION cut_off_token_stays() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION cut_off_token_stays() FROM PUBLIC;
END $$;
CREATE TRIGGER cut_off_tokens_stay BEFORE UPDATE OR DELETE ON cut_off_tokens FOR EACH ROW EXECUTE FUNCTION cut_off_token_stays();
CREATE TRIGGER cut_off_tokens_no_truncate BEFORE TRUNCATE ON cut_off_tokens FOR EACH STATEMENT EXECUTE FUNCTION cut_off_token_stays();

SELECT set_config('app.business_id', '*', true); 
    INSERT INTO cut_off_tokens (revocation_id, business_id, token_created_at, token_id)
      SELECT revoked_with, coalesce(business_id, '00000000-0000-0000-0000-000000000000'), created_at, id FROM tokens
      WHERE revoked_with IS NOT NULL AND kind = 'api' ON CONFLICT DO NOTHING;

DROP INDEX tokens_revoked_with_idx;
