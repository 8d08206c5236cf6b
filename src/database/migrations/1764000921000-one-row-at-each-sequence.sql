-- One event at each sequence of a log, and no second one: the key of audit_events includes the time, since it is in
-- months, so that a register that is not has to say which sequences are taken, and when. The log's own triggers write it.
-- A sequence that is taken though its event is gone was set back: it is taken anew, so that the log can say what was
-- found; the review of the log compares the times.
-- The rows of a month may be gone with its partition already.

CREATE TABLE audit_sequences (
  business_id uuid NOT NULL,
  sequence bigint NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  CONSTRAINT audit_sequences_pkey PRIMARY KEY (business_id, sequence)
);
CREATE POLICY rows_of_business ON audit_sequences USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE audit_sequences ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER audit_sequences_stay BEFORE UPDATE ON audit_sequences FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_sequences_dropped_only BEFORE DELETE ON audit_sequences FOR EACH ROW EXECUTE FUNCTION audit_refuse_undropped();
CREATE TRIGGER audit_sequences_no_truncate BEFORE TRUNCATE ON audit_sequences FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

CREATE OR REPLACE FUNCTION audit_register_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE taken bigint;
BEGIN
  INSERT INTO audit_sequences (business_id, sequence, occurred_at) SELECT business_id, sequence, occurred_at FROM added ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken < (SELECT count(*) FROM added) AND EXISTS (SELECT FROM added a
      WHERE (SELECT count(*) FROM audit_events e WHERE e.business_id = a.business_id AND e.sequence = a.sequence) > 1) THEN
    RAISE EXCEPTION 'there is an event at this sequence of the audit log' USING ERRCODE = 'unique_violation';
  END IF;
  INSERT INTO audit_token_ends (token_id, action, business_id, sequence, occurred_at, grace_ends_at)
    SELECT e.target_id::uuid, e.action, e.business_id, e.sequence, e.occurred_at,
      CASE e.action WHEN 'token.rotated' THEN (e.details->>'grace_ends_at')::timestamptz END
    FROM added e WHERE e.action IN ('token.revoked', 'token.rotated') AND e.outcome = 'success' AND e.target_kind = 'token'
      AND e.target_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ORDER BY e.sequence ON CONFLICT DO NOTHING;
  INSERT INTO audit_cut_offs (business_id, subject, not_before, sequence)
    SELECT e.business_id, e.details->>'subject', (e.details->>'not_before')::timestamptz, e.sequence
    FROM added e WHERE e.action = 'token.cut_off' AND e.outcome = 'success' AND e.target_kind = 'revocation'
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_register_events() SET search_path = %I, pg_temp', current_schema());
END $$;

-- Deletes up to 5,000 events that were dropped by record. False: there are none.
CREATE OR REPLACE FUNCTION audit_purge_dropped() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE log audit_retention; lowest bigint; upto bigint;
BEGIN
  SELECT r.* INTO log FROM audit_retention r WHERE r.purged_through < r.dropped_through LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF log.business_id IS NULL THEN RETURN false; END IF;
  SELECT e.sequence INTO lowest FROM audit_events e
    WHERE e.business_id = log.business_id AND e.sequence > log.purged_through ORDER BY e.sequence LIMIT 1;
  lowest := least(lowest, (SELECT s.sequence FROM audit_sequences s
    WHERE s.business_id = log.business_id AND s.sequence > log.purged_through ORDER BY s.sequence LIMIT 1));
  upto := least(log.dropped_through, coalesce(lowest + 4999, log.dropped_through));
  DELETE FROM audit_events e WHERE e.business_id = log.business_id AND e.sequence > log.purged_through AND e.sequence <= upto;
  DELETE FROM audit_sequences s WHERE s.business_id = log.business_id AND s.sequence > log.purged_through AND s.sequence <= upto;
  UPDATE audit_retention r SET purged_through = upto WHERE r.business_id = log.business_id;
  RETURN true;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_purge_dropped() SET search_path = %I, pg_temp', current_schema());
END $$;

SELECT set_config('app.business_id', '*', true);
INSERT INTO audit_sequences (business_id, sequence, occurred_at)
  SELECT business_id, sequence, occurred_at FROM audit_events ORDER BY business_id, sequence ON CONFLICT DO NOTHING;
