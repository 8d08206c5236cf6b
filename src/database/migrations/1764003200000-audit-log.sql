-- The audit log since 0.2.0: what only a holder of the signing key can make (a MAC on each event and head, a signature on each
-- tree), registers that the log's own triggers write, functions by which alone the service writes, notice of a shorter
-- retention, and what was found changed behind the service's back.

ALTER TABLE audit_heads ADD COLUMN mac bytea;
ALTER TABLE audit_trees ADD COLUMN seal bytea;
ALTER TABLE audit_events ADD COLUMN mac bytea,
  -- What the caller gave the request as its id, beside ours.
  ADD COLUMN client_request_id varchar(128);
-- What a person did with tokens of the platform.
CREATE INDEX audit_events_person_idx ON audit_events (actor_email, business_id, sequence)
  WHERE actor_kind = 'platform' AND actor_email IS NOT NULL;
CREATE INDEX audit_events_client_request_idx ON audit_events (client_request_id, business_id, sequence) WHERE client_request_id IS NOT NULL;
-- An event of the service itself has no actor, request or address, and enters no index for them: nobody asks for the events
-- that have none (docs/adr/0089-marking-leaves-others-their-share.md).
DROP INDEX audit_events_actor_idx, audit_events_actor_token_idx, audit_events_request_idx, audit_events_ip_idx;
CREATE INDEX audit_events_actor_idx ON audit_events (actor_id, business_id, sequence) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_events_actor_token_idx ON audit_events (actor_token_id, business_id, sequence) WHERE actor_token_id IS NOT NULL;
CREATE INDEX audit_events_request_idx ON audit_events (request_id, business_id, sequence) WHERE request_id IS NOT NULL;
CREATE INDEX audit_events_ip_idx ON audit_events (ip, business_id, sequence) WHERE ip IS NOT NULL;

-- The address that a text is, an IPv4 one also in IPv6 clothing (RFC 4291 §2.5.5.2); NULL for any other text.
CREATE FUNCTION audit_address(ip text) RETURNS inet LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN CASE WHEN ip ~* '^::ffff:[0-9.]+$' THEN substr(ip, 8) ELSE ip END::inet;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END $$;

-- One event at each sequence of a log, and no second one: the key of audit_events includes the time, since it is in
-- months, so that a register that is not has to say which sequences are taken, and when. A sequence that is taken though its
-- event is gone was set back: it is taken anew, so that the log can say what was found; the review of the log compares the times.
CREATE TABLE audit_sequences (
  business_id uuid NOT NULL,
  sequence bigint NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  CONSTRAINT audit_sequences_pkey PRIMARY KEY (business_id, sequence)
);
CREATE TRIGGER audit_sequences_stay BEFORE UPDATE ON audit_sequences FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_sequences_dropped_only BEFORE DELETE ON audit_sequences FOR EACH ROW EXECUTE FUNCTION audit_refuse_undropped();
CREATE TRIGGER audit_sequences_no_truncate BEFORE TRUNCATE ON audit_sequences FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

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
CREATE TRIGGER audit_token_ends_stay BEFORE UPDATE OR DELETE ON audit_token_ends FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_token_ends_no_truncate BEFORE TRUNCATE ON audit_token_ends FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- The events that cut something off, one row each: what a look-up compares cut-offs with
-- (docs/adr/0075-proven-cut-offs.md). It stays when retention drops the events. In the order of its key, so that one probe
-- tells whether a moment was cut off, however often the subject was. Where the row of a cut-off is gone, its tokens can still
-- be revoked one by one, and others with them.
CREATE TABLE audit_cut_offs (
  -- The nil UUID for what the platform cuts off.
  business_id uuid NOT NULL,
  -- As in revocations.
  subject varchar(48) NOT NULL,
  not_before timestamptz(3) NOT NULL,
  sequence bigint NOT NULL,
  CONSTRAINT audit_cut_offs_pkey PRIMARY KEY (business_id, subject, not_before, sequence)
);
-- By which the latest cut-off of a business is found. It has a condition that every row meets and no other statement names, so
-- that it serves no other: those that look for the cut-offs of one subject go along the primary key.
CREATE INDEX audit_cut_offs_latest_idx ON audit_cut_offs (business_id, not_before) WHERE sequence >= 0;
CREATE TRIGGER audit_cut_offs_stay BEFORE UPDATE OR DELETE ON audit_cut_offs FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_cut_offs_no_truncate BEFORE TRUNCATE ON audit_cut_offs FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Of events that are in the log: what the register of cut-offs has lost of them.
CREATE FUNCTION audit_register_cut_offs(logs uuid[], sequences bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO audit_cut_offs (business_id, subject, not_before, sequence)
    SELECT e.business_id, e.details->>'subject', (e.details->>'not_before')::timestamptz, e.sequence
    FROM unnest(logs, sequences) AS w (log, sequence) JOIN audit_events e ON e.business_id = w.log AND e.sequence = w.sequence WHERE e.action = 'token.cut_off' AND e.outcome = 'success' AND e.target_kind = 'revocation'
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION audit_register_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
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
-- A statement that names a partition fires the triggers of that one alone, any other those of the whole table.
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

INSERT INTO audit_sequences (business_id, sequence, occurred_at)
  SELECT business_id, sequence, occurred_at FROM audit_events ORDER BY business_id, sequence ON CONFLICT DO NOTHING;
INSERT INTO audit_token_ends (token_id, action, business_id, sequence, occurred_at, grace_ends_at)
  SELECT e.target_id::uuid, e.action, e.business_id, e.sequence, e.occurred_at,
    CASE e.action WHEN 'token.rotated' THEN (e.details->>'grace_ends_at')::timestamptz END
  FROM audit_events e WHERE e.action IN ('token.revoked', 'token.rotated') AND e.outcome = 'success' AND e.target_kind = 'token'
    AND e.target_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ORDER BY e.sequence ON CONFLICT DO NOTHING;
-- Revocations whose events retention has dropped happened at some time before.
INSERT INTO audit_token_ends (token_id, action, business_id, sequence, occurred_at, grace_ends_at)
  SELECT token_id::uuid, 'token.revoked', business_id, sequence, '-infinity', NULL FROM audit_dropped_revocations
  WHERE token_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ON CONFLICT DO NOTHING;

-- Deletes up to 5,000 events that were dropped by record. False: there are none. The rows of a month may be gone with its
-- partition already.
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

-- A shorter retention takes effect after some days, in which the longer one goes on to hold; and what was done with tokens,
-- and to the log, is kept for longer than the rest. Both are decided here, out of the reach of the service.
-- Until effective_at, months_until_then holds (null: everything is kept) instead of months.
ALTER TABLE audit_retention ADD COLUMN months_until_then integer, ADD COLUMN effective_at timestamptz(3);
ALTER TABLE audit_retention_limit
  ADD COLUMN delay_days integer NOT NULL DEFAULT 7 CONSTRAINT audit_retention_limit_delay_check CHECK (delay_days BETWEEN 0 AND 365),
  ADD COLUMN security_months integer NOT NULL DEFAULT 12 CONSTRAINT audit_retention_limit_security_check CHECK (security_months BETWEEN 1 AND 1200);

-- Whoever sets a policy: one that keeps less than what holds now does so after the delay. One that keeps as much or more holds
-- at once, and takes back what was announced.
CREATE FUNCTION audit_retention_notice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
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
CREATE TRIGGER audit_retention_notice BEFORE INSERT OR UPDATE ON audit_retention FOR EACH ROW EXECUTE FUNCTION audit_retention_notice();

-- At commit: the latest change of policy in the log is this one.
CREATE OR REPLACE FUNCTION audit_policy_is_on_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
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

-- The last sequence that may be dropped now: sealed, of a month that is wholly older than the policy that holds and the
-- minimum, and with nothing before it that has to stay: what was done with tokens and to the log stays for security_months
-- at least. 0 for none. By the primary keys of the partitions that are kept.
CREATE OR REPLACE FUNCTION audit_droppable_through(log uuid) RETURNS bigint STABLE LANGUAGE plpgsql SECURITY DEFINER AS $$
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

-- How far each log was sent to each sink.
CREATE TABLE audit_sink_cursors (
  sink varchar(64) NOT NULL,
  business_id uuid NOT NULL,
  sequence bigint NOT NULL,
  moved_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT audit_sink_cursors_pkey PRIMARY KEY (sink, business_id)
);
-- What witnesses have cosigned of the latest checkpoints. Each line proves itself under the key of its witness.
CREATE TABLE audit_cosignatures (
  -- The log: the nil UUID for the platform's.
  business_id uuid NOT NULL,
  size bigint NOT NULL,
  -- Its verifier key.
  witness varchar(512) NOT NULL,
  line varchar(1024) NOT NULL,
  CONSTRAINT audit_cosignatures_pkey PRIMARY KEY (business_id, size, witness)
);
-- Where the latest checkpoint of each business's log stands in the platform's log. Each row proves itself by that.
CREATE TABLE audit_anchors (
  business_id uuid NOT NULL,
  -- Of the checkpoint that was anchored.
  size bigint NOT NULL,
  -- Of the event in the platform's log.
  sequence bigint NOT NULL,
  -- Place among the checkpoints of that event, and the hashes from there to their root, one after the other.
  leaf_index integer NOT NULL,
  path bytea NOT NULL,
  anchored_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT audit_anchors_pkey PRIMARY KEY (business_id)
);

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

CREATE FUNCTION integrity_fault_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a fault stays what it is' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER integrity_faults_stay BEFORE UPDATE ON integrity_faults FOR EACH ROW
  WHEN (OLD.cleared_at IS NOT NULL OR (NEW.id, NEW.business_id, NEW.fault, NEW.subject, NEW.found_at)
    IS DISTINCT FROM (OLD.id, OLD.business_id, OLD.fault, OLD.subject, OLD.found_at)) EXECUTE FUNCTION integrity_fault_stays();
CREATE TRIGGER integrity_faults_kept BEFORE DELETE ON integrity_faults FOR EACH ROW EXECUTE FUNCTION integrity_fault_stays();

-- At commit: the platform's log says that the faults of this log were cleared now.
CREATE FUNCTION integrity_clearing_is_on_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_events e WHERE e.business_id = '00000000-0000-0000-0000-000000000000'
      AND e.action = 'integrity.cleared' AND e.target_id = NEW.business_id::text AND e.occurred_at = NEW.cleared_at) THEN
    RAISE EXCEPTION 'faults are cleared together with their event' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER integrity_faults_cleared_on_record AFTER UPDATE ON integrity_faults DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.cleared_at IS NOT NULL) EXECUTE FUNCTION integrity_clearing_is_on_record();

-- What is found not to be what the log says is refused while that fault is open: a token, the tokens of a member, an identity,
-- a business or a group that was cut off. Verifiers forget them once it is found, and once it is cleared.
CREATE FUNCTION feed_of_suspect_token() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO revocation_feed (kind, subject) SELECT 'token', t.jti FROM tokens t WHERE t.id = NEW.subject::uuid OR (t.kind = 'session' AND t.issued_by_token = NEW.subject::uuid);
  IF FOUND AND current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
    PERFORM pg_notify('rescind_feed', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER integrity_faults_feed AFTER INSERT OR UPDATE ON integrity_faults FOR EACH ROW
  WHEN (NEW.fault IN ('token_invented', 'token_differs', 'token_forged', 'token_unrevoked') AND NEW.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
  EXECUTE FUNCTION feed_of_suspect_token();

CREATE FUNCTION feed_of_suspect_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        INSERT INTO revocation_feed (kind, subject)
          VALUES (CASE NEW.fault WHEN 'business_differs' THEN 'business' ELSE 'owner' END, NEW.subject);
        IF current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
          PERFORM pg_notify('rescind_feed', '');
        END IF;
        RETURN NULL;
      END $$;
CREATE TRIGGER integrity_faults_feed_of_owner AFTER INSERT OR UPDATE ON integrity_faults FOR EACH ROW
  WHEN (NEW.fault IN ('member_differs', 'identity_differs', 'business_differs') AND NEW.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
  EXECUTE FUNCTION feed_of_suspect_owner();

CREATE FUNCTION feed_of_suspect_cut_off() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO revocation_feed (kind, subject) SELECT
    CASE WHEN NEW.business_id = '00000000-0000-0000-0000-000000000000' THEN 'everything' WHEN NEW.subject = NEW.business_id::text THEN 'business' ELSE 'owner' END,
    CASE WHEN NEW.business_id = '00000000-0000-0000-0000-000000000000' THEN '' ELSE NEW.subject END;
  IF current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
    PERFORM pg_notify('rescind_feed', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER integrity_faults_feed_of_cut_off AFTER INSERT OR UPDATE ON integrity_faults FOR EACH ROW
  WHEN (NEW.fault = 'cut_off_differs') EXECUTE FUNCTION feed_of_suspect_cut_off();

DO $$ DECLARE function text; BEGIN
  FOREACH function IN ARRAY ARRAY['audit_address(text)', 'audit_register_cut_offs(uuid[], bigint[])', 'audit_register_events()',
    'audit_ensure_partitions()', 'audit_purge_dropped()', 'audit_retention_notice()', 'audit_policy_is_on_record()',
    'audit_droppable_through(uuid)', 'integrity_clearing_is_on_record()', 'feed_of_suspect_token()', 'feed_of_suspect_owner()',
    'feed_of_suspect_cut_off()'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
  END LOOP;
END $$;
