-- What a look-up compares the row of a token with: a MAC that only a holder of the pepper can make, and how the log says
-- that the token ended. The log's own triggers write the second, so that it is there with every event, whoever records it.
-- A statement that names a partition fires the triggers of that one alone, any other those of the whole table.
-- Also of what a look-up finds verifiers forget what they remember, once it is found and once it is cleared.

-- See TokenMacs. NULL: of a version that made none.
ALTER TABLE tokens ADD COLUMN mac bytea;
CREATE INDEX tokens_unbound_idx ON tokens (id) WHERE mac IS NULL;

-- The events that ended tokens, one row each: a look-up finds them by one probe, however many months the log has. It stays
-- when retention drops the events.
CREATE TABLE audit_token_ends (
  token_id uuid NOT NULL,
  action varchar(16) NOT NULL CONSTRAINT audit_token_ends_action_check CHECK (action IN ('token.revoked', 'token.rotated')),
  -- The nil UUID for a token of the platform.
  business_id uuid NOT NULL,
  sequence bigint NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  -- Of a rotation.
  grace_ends_at timestamptz(3),
  CONSTRAINT audit_token_ends_pkey PRIMARY KEY (token_id, action)
);
CREATE POLICY rows_of_business ON audit_token_ends USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE audit_token_ends ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER audit_token_ends_stay BEFORE UPDATE OR DELETE ON audit_token_ends FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_token_ends_no_truncate BEFORE TRUNCATE ON audit_token_ends FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

CREATE FUNCTION audit_register_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO audit_token_ends (token_id, action, business_id, sequence, occurred_at, grace_ends_at) 
    SELECT e.target_id::uuid, e.action, e.business_id, e.sequence, e.occurred_at,
      CASE e.action WHEN 'token.rotated' THEN (e.details->>'grace_ends_at')::timestamptz END
    FROM added e WHERE e.action IN ('token.revoked', 'token.rotated') AND e.outcome = 'success' AND e.target_kind = 'token'
      AND e.target_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ORDER BY e.sequence ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_register_events() SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION audit_register_events() FROM PUBLIC;

CREATE TRIGGER audit_events_register AFTER INSERT ON audit_events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_register_events();

DO $$ DECLARE partition regclass; BEGIN
  FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_events'::regclass LOOP
    EXECUTE format('CREATE TRIGGER audit_events_register AFTER INSERT ON %s REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_register_events()', partition);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION audit_ensure_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE month date; partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rescind.audit_partitions'));
  FOR ahead IN 0..2 LOOP
    month := date_trunc('month', now() AT TIME ZONE 'UTC')::date + make_interval(months => ahead);
    partition := 'audit_events_' || to_char(month, 'YYYY_MM');
    IF to_regclass(partition) IS NULL AND NOT EXISTS (
        SELECT FROM audit_events_default WHERE occurred_at >= month::timestamp AT TIME ZONE 'UTC'
          AND occurred_at < (month + interval '1 month') AT TIME ZONE 'UTC') THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF audit_events FOR VALUES FROM (%L) TO (%L)', partition,
        (month::timestamp AT TIME ZONE 'UTC'), ((month + interval '1 month') AT TIME ZONE 'UTC'));
      EXECUTE format('CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', partition);
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
      EXECUTE format('CREATE TRIGGER audit_events_register AFTER INSERT ON %I REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_register_events()', partition);
    END IF;
  END LOOP;
END $$;
DO $$ BEGIN EXECUTE format('ALTER FUNCTION audit_ensure_partitions() SET search_path = %I, pg_temp', current_schema()); END $$;

-- Revocations whose events retention has dropped happened at some time before.
SELECT set_config('app.business_id', '*', true);
INSERT INTO audit_token_ends (token_id, action, business_id, sequence, occurred_at, grace_ends_at) 
    SELECT e.target_id::uuid, e.action, e.business_id, e.sequence, e.occurred_at,
      CASE e.action WHEN 'token.rotated' THEN (e.details->>'grace_ends_at')::timestamptz END
    FROM audit_events e WHERE e.action IN ('token.revoked', 'token.rotated') AND e.outcome = 'success' AND e.target_kind = 'token'
      AND e.target_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ORDER BY e.sequence ON CONFLICT DO NOTHING;
INSERT INTO audit_token_ends (token_id, action, business_id, sequence, occurred_at, grace_ends_at)
  SELECT token_id::uuid, 'token.revoked', business_id, sequence, '-infinity', NULL FROM audit_dropped_revocations
  WHERE token_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ON CONFLICT DO NOTHING;

DROP TRIGGER integrity_faults_feed ON integrity_faults;
CREATE TRIGGER integrity_faults_feed AFTER INSERT OR UPDATE ON integrity_faults FOR EACH ROW
  WHEN (NEW.fault IN ('token_invented', 'token_differs', 'token_forged', 'token_unrevoked') AND NEW.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
  EXECUTE FUNCTION feed_of_suspect_token();
