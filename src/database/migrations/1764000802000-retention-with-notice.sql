-- A shorter retention takes effect after some days, in which the longer one goes on to hold; and what was done with tokens,
-- and to the log, is kept for longer than the rest. Both are decided here, out of the reach of the service.

-- Until effective_at, months_until_then holds (null: everything is kept) instead of months.
ALTER TABLE audit_retention ADD COLUMN months_until_then integer, ADD COLUMN effective_at timestamptz(3);
ALTER TABLE audit_retention_limit
  ADD COLUMN delay_days integer NOT NULL DEFAULT 7 CONSTRAINT audit_retention_limit_delay_check CHECK (delay_days BETWEEN 0 AND 365),
  ADD COLUMN security_months integer NOT NULL DEFAULT 12 CONSTRAINT audit_retention_limit_security_check CHECK (security_months BETWEEN 1 AND 1200);

-- Whoever sets a policy: one that keeps less than what holds now does so after the delay. One that keeps as much or more holds
-- at once, and takes back what was announced.
CREATE FUNCTION audit_retention_notice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE holds integer; delay integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.months IS NOT DISTINCT FROM OLD.months THEN
      NEW.months_until_then := OLD.months_until_then;
      NEW.effective_at := OLD.effective_at;
      RETURN NEW;
    END IF;
    holds := CASE WHEN OLD.effective_at > now() THEN OLD.months_until_then ELSE OLD.months END;
  END IF;
  SELECT l.delay_days INTO delay FROM audit_retention_limit l;
  IF delay > 0 AND coalesce(NEW.months, 2147483647) < coalesce(holds, 2147483647) THEN
    NEW.months_until_then := holds;
    NEW.effective_at := now()::timestamptz(3) + make_interval(days => delay);
  ELSE
    NEW.months_until_then := NULL;
    NEW.effective_at := NULL;
  END IF;
  RETURN NEW;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_retention_notice() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION audit_retention_notice() FROM PUBLIC;
END $$;
CREATE TRIGGER audit_retention_notice BEFORE INSERT OR UPDATE ON audit_retention FOR EACH ROW EXECUTE FUNCTION audit_retention_notice();

-- At commit: the latest change of policy in the log is this one.
CREATE OR REPLACE FUNCTION audit_policy_is_on_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE before integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN before := OLD.months; END IF;
  IF NEW.months < (SELECT l.months FROM audit_retention_limit l) THEN
    RAISE EXCEPTION 'the platform asks for the audit log to be kept longer' USING ERRCODE = 'check_violation';
  END IF;
  IF (SELECT e.details->'months_before' = coalesce(to_jsonb(before), 'null') AND e.details->'months_after' = coalesce(to_jsonb(NEW.months), 'null')
      AND coalesce((e.details->>'effective_at')::timestamptz, 'infinity') = coalesce(NEW.effective_at, 'infinity')
      FROM audit_events e WHERE e.business_id = NEW.business_id AND e.action = 'audit.retention_changed'
      ORDER BY e.sequence DESC LIMIT 1) IS NOT TRUE THEN
    RAISE EXCEPTION 'the policy of the audit log changes together with its event' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_policy_is_on_record() SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION audit_policy_is_on_record() FROM PUBLIC;
END $$;

-- The last sequence that may be dropped now: sealed, of a month that is wholly older than the policy that holds and the
-- minimum, and with nothing before it that has to stay: what was done with tokens and to the log stays for security_months
-- at least. 0 for none. By the primary keys of the partitions that are kept.
CREATE OR REPLACE FUNCTION audit_droppable_through(log uuid) RETURNS bigint STABLE LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE kept integer; kept_security integer; stays bigint; security_stays bigint; sealed bigint;
BEGIN
  SELECT greatest(p.months, l.months), greatest(p.months, l.months, l.security_months) INTO kept, kept_security
    FROM audit_retention_limit l, (SELECT CASE WHEN r.effective_at > now() THEN r.months_until_then ELSE r.months END AS months
      FROM audit_retention r WHERE r.business_id = log) p WHERE p.months IS NOT NULL;
  IF kept IS NULL THEN RETURN 0; END IF;
  SELECT e.sequence INTO stays FROM audit_events e WHERE e.business_id = log AND e.occurred_at >=
    (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => kept)) AT TIME ZONE 'UTC' ORDER BY e.sequence LIMIT 1;
  IF kept_security > kept THEN
    SELECT e.sequence INTO security_stays FROM audit_events e WHERE e.business_id = log AND e.occurred_at >=
      (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => kept_security)) AT TIME ZONE 'UTC'
      AND (e.action LIKE 'token.%' OR e.action LIKE 'integrity.%') ORDER BY e.sequence LIMIT 1;
  END IF;
  SELECT t.size INTO sealed FROM audit_trees t WHERE t.business_id = log;
  RETURN least(coalesce(stays - 1, 9223372036854775807), coalesce(security_stays - 1, 9223372036854775807), coalesce(sealed, 0));
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_droppable_through(uuid) SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION audit_droppable_through(uuid) FROM PUBLIC;
END $$;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rescind_app') THEN
    GRANT EXECUTE ON FUNCTION audit_droppable_through(uuid) TO rescind_app;
  END IF;
END $$;
