-- How long each log is kept. The application's role can ask for what has expired to be dropped; what has, is decided
-- here, by the policy, the platform's minimum and the clock of the database, and no drop commits without its event.
-- Every function that runs with the owner's rights names the schema of its tables and puts temporary ones last: else a
-- caller's temporary table of the same name would be read in their place.

-- The policy of each log, and how far it was applied. No row, or no months: everything is kept.
-- Dropped: by record, for every reader. Purged: the rows are gone as well.
CREATE TABLE audit_retention (
  business_id uuid PRIMARY KEY,
  months integer CONSTRAINT audit_retention_months_check CHECK (months BETWEEN 1 AND 1200),
  updated_at timestamptz(3),
  updated_by varchar(320),
  dropped_through bigint NOT NULL DEFAULT 0,
  dropped_at timestamptz(3),
  purged_through bigint NOT NULL DEFAULT 0,
  CONSTRAINT audit_retention_purged_check CHECK (purged_through <= dropped_through)
);
-- What no policy may fall below; written at start by the owner of the schema, out of the application's reach.
CREATE TABLE audit_retention_limit (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  months integer NOT NULL DEFAULT 1 CONSTRAINT audit_retention_limit_months_check CHECK (months BETWEEN 1 AND 1200)
);
INSERT INTO audit_retention_limit DEFAULT VALUES;
-- Where the revocation of a token stood in the log, for its receipts.
CREATE TABLE audit_dropped_revocations (
  business_id uuid NOT NULL,
  token_id varchar(255) NOT NULL,
  event_id uuid NOT NULL,
  sequence bigint NOT NULL,
  leaf_hash bytea NOT NULL,
  CONSTRAINT audit_dropped_revocations_pkey PRIMARY KEY (business_id, token_id)
);

-- The last sequence that may be dropped now: sealed, of a month that is wholly older than the policy and the minimum,
-- and with nothing before it that has to stay. 0 for none. By the primary keys of the partitions that are kept.
CREATE FUNCTION audit_droppable_through(log uuid) RETURNS bigint STABLE LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE kept integer; stays bigint; sealed bigint;
BEGIN
  SELECT greatest(r.months, l.months) INTO kept FROM audit_retention r CROSS JOIN audit_retention_limit l
    WHERE r.business_id = log AND r.months IS NOT NULL;
  IF kept IS NULL THEN RETURN 0; END IF;
  SELECT e.sequence INTO stays FROM audit_events e WHERE e.business_id = log AND e.occurred_at >=
    (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => kept)) AT TIME ZONE 'UTC' ORDER BY e.sequence LIMIT 1;
  SELECT t.size INTO sealed FROM audit_trees t WHERE t.business_id = log;
  RETURN least(coalesce(stays - 1, 9223372036854775807), coalesce(sealed, 0));
END $$;

-- Drops the events first..last of a log by record; the rows follow with audit_purge_dropped. Returns their months.
-- Refuses what does not follow what was dropped before, what has not expired, and rows that are not the sealed leaves:
-- a log that was tampered with keeps its traces.
CREATE FUNCTION audit_drop_expired(log uuid, first bigint, last bigint) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE dropped bigint; agreeing bigint; of_months text[];
BEGIN
  SELECT r.dropped_through INTO dropped FROM audit_retention r WHERE r.business_id = log FOR UPDATE;
  IF dropped IS NULL OR first IS DISTINCT FROM dropped + 1 THEN
    RAISE EXCEPTION 'other events of the audit log are next to be dropped' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF last IS NULL OR last < first OR last > audit_droppable_through(log) THEN
    RAISE EXCEPTION 'these events of the audit log have not expired' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF last - first >= 131072 THEN
    RAISE EXCEPTION 'too many events to be dropped at once' USING ERRCODE = 'program_limit_exceeded';
  END IF;
  WITH stored AS (
    SELECT (e.sequence - 1) / 256 AS number, min(e.sequence) AS lowest, count(*) AS events,
      string_agg(e.leaf_hash, ''::bytea ORDER BY e.sequence) AS hashes
    FROM audit_events e WHERE e.business_id = log AND e.sequence BETWEEN first AND last GROUP BY 1
  ), sealed AS (
    SELECT t.number, string_agg(t.hashes, ''::bytea ORDER BY t.start) AS hashes FROM audit_tiles t
    WHERE t.business_id = log AND t.level = 0 AND t.number BETWEEN (first - 1) / 256 AND (last - 1) / 256 GROUP BY 1
  )
  SELECT sum(s.events) INTO agreeing FROM stored s JOIN sealed t USING (number)
    WHERE substring(t.hashes FROM ((s.lowest - 1) % 256 * 32 + 1)::int FOR (s.events * 32)::int) = s.hashes;
  IF agreeing IS DISTINCT FROM last - first + 1 THEN
    RAISE EXCEPTION 'these events are not those that were sealed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  INSERT INTO audit_dropped_revocations (business_id, token_id, event_id, sequence, leaf_hash)
    SELECT e.business_id, e.target_id, e.id, e.sequence, e.leaf_hash FROM audit_events e
    WHERE e.business_id = log AND e.action = 'token.revoked' AND e.target_kind = 'token' AND e.sequence BETWEEN first AND last
    ORDER BY e.sequence ON CONFLICT DO NOTHING;
  SELECT array_agg(DISTINCT to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM')) INTO of_months
    FROM audit_events e WHERE e.business_id = log AND e.sequence BETWEEN first AND last;
  UPDATE audit_retention r SET dropped_through = last, dropped_at = now() WHERE r.business_id = log;
  RETURN of_months;
END $$;

-- Deletes up to 5,000 rows that were dropped by record. False: there are none.
CREATE FUNCTION audit_purge_dropped() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE log audit_retention; lowest bigint; upto bigint;
BEGIN
  SELECT r.* INTO log FROM audit_retention r WHERE r.purged_through < r.dropped_through LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF log.business_id IS NULL THEN RETURN false; END IF;
  SELECT e.sequence INTO lowest FROM audit_events e
    WHERE e.business_id = log.business_id AND e.sequence > log.purged_through ORDER BY e.sequence LIMIT 1;
  upto := least(log.dropped_through, coalesce(lowest + 4999, log.dropped_through));
  DELETE FROM audit_events e WHERE e.business_id = log.business_id AND e.sequence > log.purged_through AND e.sequence <= upto;
  UPDATE audit_retention r SET purged_through = upto WHERE r.business_id = log.business_id;
  RETURN true;
END $$;

-- Whether no log has an event in the partition that is not dropped by record. One look-up by primary key for each log.
CREATE FUNCTION audit_partition_is_dropped(month regclass) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE answer boolean;
BEGIN
  EXECUTE format($query$
    WITH RECURSIVE logs AS (
      (SELECT e.business_id AS id FROM %1$s e ORDER BY e.business_id LIMIT 1)
      UNION ALL
      SELECT (SELECT e.business_id FROM %1$s e WHERE e.business_id > l.id ORDER BY e.business_id LIMIT 1) FROM logs l WHERE l.id IS NOT NULL
    )
    SELECT NOT EXISTS (SELECT FROM logs l WHERE l.id IS NOT NULL AND
      (SELECT e.sequence FROM %1$s e WHERE e.business_id = l.id ORDER BY e.sequence DESC LIMIT 1) >
      coalesce((SELECT r.dropped_through FROM audit_retention r WHERE r.business_id = l.id), 0))$query$, month) INTO answer;
  RETURN answer;
END $$;

-- Drops the oldest past month that every log has let expire, and names it; null for none. It waits for no reader for
-- long, since all writers would wait behind it; looked at again under the lock, before which a row may have come.
CREATE FUNCTION audit_drop_partition() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '500ms' AS $$
DECLARE month regclass; month_name text;
BEGIN
  FOR month, month_name IN
    SELECT c.oid::regclass, c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'audit_events'::regclass AND c.relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$'
      AND to_date(right(c.relname, 7), 'YYYY_MM') < date_trunc('month', now() AT TIME ZONE 'UTC') ORDER BY c.relname
  LOOP
    IF audit_partition_is_dropped(month) THEN
      LOCK TABLE ONLY audit_events IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', month);
      IF audit_partition_is_dropped(month) THEN
        EXECUTE format('DROP TABLE %s', month);
        RETURN month_name;
      END IF;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- At commit: the latest change of policy in the log is this one.
CREATE FUNCTION audit_policy_is_on_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE before integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN before := OLD.months; END IF;
  IF NEW.months < (SELECT l.months FROM audit_retention_limit l) THEN
    RAISE EXCEPTION 'the platform asks for the audit log to be kept longer' USING ERRCODE = 'check_violation';
  END IF;
  IF (SELECT e.details->'months_before' = coalesce(to_jsonb(before), 'null') AND e.details->'months_after' = coalesce(to_jsonb(NEW.months), 'null')
      FROM audit_events e WHERE e.business_id = NEW.business_id AND e.action = 'audit.retention_changed'
      ORDER BY e.sequence DESC LIMIT 1) IS NOT TRUE THEN
    RAISE EXCEPTION 'the policy of the audit log changes together with its event' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_retention_set_on_record AFTER INSERT ON audit_retention DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.months IS NOT NULL) EXECUTE FUNCTION audit_policy_is_on_record();
CREATE CONSTRAINT TRIGGER audit_retention_changed_on_record AFTER UPDATE ON audit_retention DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.months IS DISTINCT FROM NEW.months) EXECUTE FUNCTION audit_policy_is_on_record();

-- At commit: an event that stays says how far the log was dropped.
CREATE FUNCTION audit_drop_is_on_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_events e WHERE e.business_id = NEW.business_id AND e.action = 'audit.retention_applied'
      AND e.sequence > NEW.dropped_through AND e.details->'through_sequence' = to_jsonb(NEW.dropped_through)) THEN
    RAISE EXCEPTION 'events of the audit log are dropped together with an event that says so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_retention_dropped_on_record AFTER UPDATE ON audit_retention DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.dropped_through <> NEW.dropped_through) EXECUTE FUNCTION audit_drop_is_on_record();

-- Whoever deletes: only what was dropped by record.
CREATE FUNCTION audit_refuse_undropped() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.sequence <= (SELECT r.dropped_through FROM audit_retention r WHERE r.business_id = OLD.business_id) THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER audit_events_append_only ON audit_events;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_events_dropped_only BEFORE DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse_undropped();

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_droppable_through(uuid)', 'audit_drop_expired(uuid, bigint, bigint)', 'audit_purge_dropped()',
      'audit_partition_is_dropped(regclass)', 'audit_drop_partition()', 'audit_policy_is_on_record()', 'audit_drop_is_on_record()',
      'audit_refuse_undropped()'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', name);
  END LOOP;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rescind_app') THEN
    GRANT SELECT ON audit_retention, audit_retention_limit, audit_dropped_revocations TO rescind_app;
    GRANT INSERT (business_id, months, updated_at, updated_by), UPDATE (months, updated_at, updated_by) ON audit_retention TO rescind_app;
    GRANT EXECUTE ON FUNCTION audit_droppable_through(uuid), audit_drop_expired(uuid, bigint, bigint), audit_purge_dropped(),
      audit_drop_partition() TO rescind_app;
  END IF;
END $$;
