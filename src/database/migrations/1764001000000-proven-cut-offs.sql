-- What a look-up compares cut-offs with: how the log says that each was made. The log's own triggers write it, as they do
-- the ends of tokens (docs/adr/0075-proven-cut-offs.md).
-- Where the row of a cut-off is gone, its tokens can still be revoked one by one, and others with them.

-- The events that cut something off, one row each. It stays when retention drops the events. In the order of its key, so
-- that one probe tells whether a moment was cut off, however often the subject was.
CREATE TABLE audit_cut_offs (
  -- The nil UUID for what the platform cuts off.
  business_id uuid NOT NULL,
  -- As in revocations.
  subject varchar(48) NOT NULL,
  not_before timestamptz(3) NOT NULL,
  -- 0: of an event that retention had dropped before there was this register.
  sequence bigint NOT NULL,
  CONSTRAINT audit_cut_offs_pkey PRIMARY KEY (business_id, subject, not_before, sequence)
);
-- What the platform cuts off concerns every business.
CREATE POLICY rows_of_business ON audit_cut_offs USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[])
  OR (business_id = '00000000-0000-0000-0000-000000000000' AND (SELECT nullif(current_setting('app.business_id', true), '') IS NOT NULL)))
  WITH CHECK ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE audit_cut_offs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER audit_cut_offs_stay BEFORE UPDATE OR DELETE ON audit_cut_offs FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_cut_offs_no_truncate BEFORE TRUNCATE ON audit_cut_offs FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Of events that are in the log: what the register has lost of them.
CREATE FUNCTION audit_register_cut_offs(logs uuid[], sequences bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO audit_cut_offs (business_id, subject, not_before, sequence)
    SELECT e.business_id, e.details->>'subject', (e.details->>'not_before')::timestamptz, e.sequence
    FROM unnest(logs, sequences) AS w (log, sequence) JOIN audit_events e ON e.business_id = w.log AND e.sequence = w.sequence WHERE e.action = 'token.cut_off' AND e.outcome = 'success' AND e.target_kind = 'revocation'
    ON CONFLICT DO NOTHING;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_register_cut_offs(uuid[], bigint[]) SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION audit_register_cut_offs(uuid[], bigint[]) FROM PUBLIC;
END $$;

SELECT set_config('app.business_id', '*', true);

  INSERT INTO audit_cut_offs (business_id, subject, not_before, sequence)
    SELECT e.business_id, e.details->>'subject', (e.details->>'not_before')::timestamptz, e.sequence
    FROM audit_events e WHERE e.action = 'token.cut_off' AND e.outcome = 'success' AND e.target_kind = 'revocation'
    ON CONFLICT DO NOTHING;
INSERT INTO audit_cut_offs (business_id, subject, not_before, sequence)
  SELECT r.business_id, r.subject, r.not_before, 0 FROM revocations r
  WHERE NOT EXISTS (SELECT FROM audit_cut_offs c WHERE c.business_id = r.business_id AND c.subject = r.subject AND c.not_before = r.not_before)
  ON CONFLICT DO NOTHING;

-- Whoever remembers a token of a group that was cut off other than the log says forgets it, once that is found and once it is cleared.
CREATE FUNCTION feed_of_suspect_cut_off() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO revocation_feed (kind, subject) SELECT
    CASE WHEN NEW.business_id = '00000000-0000-0000-0000-000000000000' THEN 'everything' WHEN NEW.subject = NEW.business_id::text THEN 'business' ELSE 'owner' END,
    CASE WHEN NEW.business_id = '00000000-0000-0000-0000-000000000000' THEN '' ELSE NEW.subject END;
  IF current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
    PERFORM pg_notify('rescind_feed', '');
  END IF;
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION feed_of_suspect_cut_off() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION feed_of_suspect_cut_off() FROM PUBLIC;
END $$;
CREATE TRIGGER integrity_faults_feed_of_cut_off AFTER INSERT OR UPDATE ON integrity_faults FOR EACH ROW
  WHEN (NEW.fault = 'cut_off_differs') EXECUTE FUNCTION feed_of_suspect_cut_off();
