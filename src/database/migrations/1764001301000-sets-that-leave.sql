-- Sets of tokens that were done long ago may be dropped (docs/adr/0071-plans-sets-and-two-persons.md).

-- The list of what a revocation has revoked is kept for 90 days; a token that is not revoked by then never leaves it.
CREATE FUNCTION revocation_set_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT OLD.marked OR NOT EXISTS (SELECT FROM revocation_requests
      WHERE id = OLD.revocation_id AND state = 'done' AND finished_at <= clock_timestamp() - interval '90 days') THEN
    RAISE EXCEPTION 'a token does not leave the set of a revocation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION revocation_set_leaves() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION revocation_set_leaves() FROM PUBLIC;
END $$;
DROP TRIGGER revocation_sets_kept ON revocation_sets;
CREATE TRIGGER revocation_sets_kept BEFORE DELETE ON revocation_sets FOR EACH ROW EXECUTE FUNCTION revocation_set_leaves();
