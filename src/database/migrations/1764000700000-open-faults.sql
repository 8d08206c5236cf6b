-- What was found changed behind the service's back, until an operator clears it: every process is told, and so is the
-- next start. The service may add to it; it is cleared together with an event that says so, or not at all.

CREATE TABLE integrity_faults (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- The log: a business, or the nil UUID for the platform's.
  business_id uuid NOT NULL,
  fault varchar(64) NOT NULL,
  -- A sequence of the log, the id of what is concerned, or the name of a file; '' for the log itself.
  subject varchar(255) NOT NULL,
  found_at timestamptz(3) NOT NULL DEFAULT now(),
  -- NULL: open.
  cleared_at timestamptz(3)
);
CREATE UNIQUE INDEX integrity_faults_open_idx ON integrity_faults (business_id, fault, subject) WHERE cleared_at IS NULL;
CREATE POLICY rows_of_business ON integrity_faults USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE integrity_faults ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE FUNCTION integrity_fault_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a fault stays what it is' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER integrity_faults_stay BEFORE UPDATE ON integrity_faults FOR EACH ROW
  WHEN (OLD.cleared_at IS NOT NULL OR (NEW.id, NEW.business_id, NEW.fault, NEW.subject, NEW.found_at)
    IS DISTINCT FROM (OLD.id, OLD.business_id, OLD.fault, OLD.subject, OLD.found_at)) EXECUTE FUNCTION integrity_fault_stays();
CREATE TRIGGER integrity_faults_kept BEFORE DELETE ON integrity_faults FOR EACH ROW EXECUTE FUNCTION integrity_fault_stays();

-- At commit: the platform's log says that the faults of this log were cleared now.
CREATE FUNCTION integrity_clearing_is_on_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_events e WHERE e.business_id = '00000000-0000-0000-0000-000000000000'
      AND e.action = 'integrity.cleared' AND e.target_id = NEW.business_id::text AND e.occurred_at = NEW.cleared_at) THEN
    RAISE EXCEPTION 'faults are cleared together with their event' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION integrity_clearing_is_on_record() SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION integrity_clearing_is_on_record() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER integrity_faults_cleared_on_record AFTER UPDATE ON integrity_faults DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.cleared_at IS NOT NULL) EXECUTE FUNCTION integrity_clearing_is_on_record();
