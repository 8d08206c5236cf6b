-- Businesses, people, tokens, the revocation feed and the audit log.
-- Times are `timestamptz(3)`: a cursor made from a JavaScript date must compare equal to its row.
-- What no caller may do is forbidden here as well, by privilege and by trigger, not by convention.

CREATE TABLE businesses (
  id uuid PRIMARY KEY,
  name varchar(255) NOT NULL,
  slug varchar(63) NOT NULL CONSTRAINT businesses_slug_key UNIQUE,
  status varchar(16) NOT NULL DEFAULT 'active' CONSTRAINT businesses_status_check CHECK (status IN ('active', 'suspended')),
  token_prefix varchar(12) NOT NULL DEFAULT 'dz',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX businesses_created_at_idx ON businesses (created_at, id);

CREATE TABLE members (
  id uuid PRIMARY KEY,
  business_id uuid NOT NULL CONSTRAINT members_business_fk REFERENCES businesses (id),
  email varchar(320) NOT NULL,
  name varchar(255) NOT NULL,
  role varchar(16) NOT NULL CONSTRAINT members_role_check CHECK (role IN ('owner', 'admin', 'developer', 'auditor')),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  removed_at timestamptz(3)
);
CREATE UNIQUE INDEX members_email_key ON members (business_id, email) WHERE removed_at IS NULL;
CREATE INDEX members_created_at_idx ON members (business_id, created_at, id);

CREATE TABLE identities (
  id uuid PRIMARY KEY,
  business_id uuid NOT NULL CONSTRAINT identities_business_fk REFERENCES businesses (id),
  name varchar(255) NOT NULL,
  description varchar(1024),
  role varchar(16) NOT NULL DEFAULT 'developer' CONSTRAINT identities_role_check CHECK (role IN ('owner', 'admin', 'developer', 'auditor')),
  status varchar(16) NOT NULL DEFAULT 'active' CONSTRAINT identities_status_check CHECK (status IN ('active', 'disabled')),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX identities_created_at_idx ON identities (business_id, created_at, id);

CREATE TABLE tokens (
  id uuid PRIMARY KEY,
  jti varchar(32) NOT NULL,
  business_id uuid CONSTRAINT tokens_business_fk REFERENCES businesses (id),
  owner_kind varchar(16) NOT NULL CONSTRAINT tokens_owner_kind_check CHECK (owner_kind IN ('user', 'identity', 'platform')),
  member_id uuid CONSTRAINT tokens_member_fk REFERENCES members (id),
  identity_id uuid CONSTRAINT tokens_identity_fk REFERENCES identities (id),
  name varchar(255),
  description varchar(1024),
  dialect varchar(16) NOT NULL DEFAULT 'native',
  token_prefix varchar(40) NOT NULL,
  digest bytea NOT NULL,
  pepper_id varchar(8) NOT NULL,
  scopes text[] NOT NULL,
  trusted_ips text[],
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3),
  grace_ends_at timestamptz(3),
  replaced_by uuid,
  ttl_seconds integer,
  max_ttl_seconds integer,
  last_renewed_at timestamptz(3),
  uses_limit integer,
  uses integer NOT NULL DEFAULT 0,
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  revoked_by varchar(320),
  revocation_reason varchar(1024),
  CONSTRAINT tokens_owner_check CHECK (
    (owner_kind = 'user') = (member_id IS NOT NULL) AND (owner_kind = 'identity') = (identity_id IS NOT NULL)
    AND (owner_kind = 'platform' OR business_id IS NOT NULL))
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX tokens_jti_key ON tokens (jti);
CREATE INDEX tokens_created_at_idx ON tokens (business_id, created_at, id);
CREATE INDEX tokens_member_idx ON tokens (member_id, created_at, id) WHERE member_id IS NOT NULL;
CREATE INDEX tokens_identity_idx ON tokens (identity_id, created_at, id) WHERE identity_id IS NOT NULL;
CREATE INDEX tokens_replaced_by_idx ON tokens (replaced_by) WHERE replaced_by IS NOT NULL;

-- What verifiers must forget, in an order that does not matter: forgetting is idempotent. Readers find news by
-- transaction visibility (xid against the snapshot they have applied), never by id, so late commits are not lost.
CREATE TABLE revocation_feed (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind varchar(16) NOT NULL,
  subject varchar(40) NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revocation_feed_xid_idx ON revocation_feed (xid);

-- Changes whenever entries may have gone unread, so that every verifier starts over.
CREATE TABLE revocation_feed_epoch (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), epoch uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO revocation_feed_epoch DEFAULT VALUES;

CREATE TABLE verifiers (
  id uuid PRIMARY KEY,
  round bigint NOT NULL,
  applied pg_snapshot NOT NULL,
  lease_ms integer NOT NULL,
  description varchar(255) NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 40);

-- The application's sessions set rescind.nudges = 'caller' and wake the verifiers after their commit: NOTIFY inside
-- a transaction takes one database-wide lock through the commit and would serialise all revocations.
CREATE FUNCTION feed_append(kind text, subject text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO revocation_feed (kind, subject) VALUES (kind, subject);
  IF current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
    PERFORM pg_notify('rescind_feed', '');
  END IF;
END $$;

CREATE FUNCTION feed_of_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM feed_append('token', OLD.jti); RETURN NULL; END $$;
CREATE FUNCTION feed_of_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM feed_append('owner', OLD.id::text); RETURN NULL; END $$;
CREATE FUNCTION feed_of_business() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM feed_append('business', OLD.id::text); RETURN NULL; END $$;
CREATE FUNCTION feed_of_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM feed_append('everything', ''); RETURN NULL; END $$;

CREATE TRIGGER tokens_feed_update AFTER UPDATE ON tokens FOR EACH ROW
  WHEN ((OLD.revoked_at, OLD.expires_at, OLD.grace_ends_at, OLD.scopes, OLD.trusted_ips, OLD.name, OLD.uses_limit, OLD.digest,
         OLD.business_id, OLD.member_id, OLD.identity_id, OLD.owner_kind, OLD.jti)
    IS DISTINCT FROM (NEW.revoked_at, NEW.expires_at, NEW.grace_ends_at, NEW.scopes, NEW.trusted_ips, NEW.name, NEW.uses_limit, NEW.digest,
         NEW.business_id, NEW.member_id, NEW.identity_id, NEW.owner_kind, NEW.jti))
  EXECUTE FUNCTION feed_of_token();
CREATE TRIGGER tokens_feed_delete AFTER DELETE ON tokens FOR EACH ROW EXECUTE FUNCTION feed_of_token();
CREATE TRIGGER members_feed_update AFTER UPDATE ON members FOR EACH ROW
  WHEN ((OLD.role, OLD.email, OLD.name, OLD.removed_at, OLD.id) IS DISTINCT FROM (NEW.role, NEW.email, NEW.name, NEW.removed_at, NEW.id))
  EXECUTE FUNCTION feed_of_owner();
CREATE TRIGGER identities_feed_update AFTER UPDATE ON identities FOR EACH ROW
  WHEN ((OLD.role, OLD.name, OLD.status, OLD.id) IS DISTINCT FROM (NEW.role, NEW.name, NEW.status, NEW.id))
  EXECUTE FUNCTION feed_of_owner();
CREATE TRIGGER businesses_feed_update AFTER UPDATE ON businesses FOR EACH ROW
  WHEN ((OLD.status, OLD.id) IS DISTINCT FROM (NEW.status, NEW.id))
  EXECUTE FUNCTION feed_of_business();
CREATE TRIGGER members_feed_delete AFTER DELETE ON members FOR EACH ROW EXECUTE FUNCTION feed_of_owner();
CREATE TRIGGER identities_feed_delete AFTER DELETE ON identities FOR EACH ROW EXECUTE FUNCTION feed_of_owner();
CREATE TRIGGER businesses_feed_delete AFTER DELETE ON businesses FOR EACH ROW EXECUTE FUNCTION feed_of_business();
CREATE TRIGGER tokens_feed_truncate AFTER TRUNCATE ON tokens FOR EACH STATEMENT EXECUTE FUNCTION feed_of_everything();
CREATE TRIGGER members_feed_truncate AFTER TRUNCATE ON members FOR EACH STATEMENT EXECUTE FUNCTION feed_of_everything();
CREATE TRIGGER identities_feed_truncate AFTER TRUNCATE ON identities FOR EACH STATEMENT EXECUTE FUNCTION feed_of_everything();
CREATE TRIGGER businesses_feed_truncate AFTER TRUNCATE ON businesses FOR EACH STATEMENT EXECUTE FUNCTION feed_of_everything();

CREATE FUNCTION feed_new_epoch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN UPDATE revocation_feed_epoch SET epoch = gen_random_uuid(); RETURN NULL; END $$;
CREATE TRIGGER revocation_feed_truncate AFTER TRUNCATE ON revocation_feed FOR EACH STATEMENT EXECUTE FUNCTION feed_new_epoch();

-- Entries that every registered verifier has applied, and that are old enough for an operator to have looked at.
CREATE FUNCTION feed_prune(older_than interval) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  WITH gone AS (
    DELETE FROM revocation_feed f
    WHERE f.recorded_at < clock_timestamp() - older_than
      AND NOT EXISTS (SELECT FROM verifiers v WHERE NOT pg_visible_in_snapshot(f.xid, v.applied))
    RETURNING 1)
  SELECT count(*) FROM gone $$;

-- R3 at its root: whatever code or operator asks for it, a revoked token keeps the facts of its first revocation,
-- and a token never changes its name in the log, its tenant or its secret.
CREATE FUNCTION token_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL AND (NEW.revoked_at, NEW.revoked_by, NEW.revocation_reason, NEW.expires_at, NEW.grace_ends_at)
      IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by, OLD.revocation_reason, OLD.expires_at, OLD.grace_ends_at) THEN
    RAISE EXCEPTION 'a revoked token cannot be changed back or revoked anew' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.id, NEW.jti, NEW.business_id, NEW.digest, NEW.pepper_id) IS DISTINCT FROM (OLD.id, OLD.jti, OLD.business_id, OLD.digest, OLD.pepper_id) THEN
    RAISE EXCEPTION 'id, jti, business and digest of a token are for life' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tokens_guard BEFORE UPDATE OF id, jti, business_id, digest, pepper_id, expires_at, grace_ends_at,
    revoked_at, revoked_by, revocation_reason ON tokens
  FOR EACH ROW EXECUTE FUNCTION token_guard();

-- The last sequence of each log. Locked by the writing transaction until it ends, so that numbers have no gaps.
-- The nil UUID stands for the log of the platform itself.
CREATE TABLE audit_heads (business_id uuid PRIMARY KEY, size bigint NOT NULL) WITH (fillfactor = 40);

CREATE TABLE audit_events (
  business_id uuid NOT NULL,
  sequence bigint NOT NULL,
  id uuid NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  actor_kind varchar(16) NOT NULL,
  actor_id uuid,
  actor_email varchar(320),
  actor_token_id uuid,
  action varchar(64) NOT NULL,
  target_kind varchar(16) NOT NULL,
  target_id varchar(255),
  outcome varchar(16) NOT NULL,
  reason varchar(1024),
  request_id varchar(128),
  ip varchar(64),
  user_agent varchar(512),
  details jsonb NOT NULL,
  leaf_hash bytea NOT NULL,
  CONSTRAINT audit_events_pkey PRIMARY KEY (business_id, sequence, occurred_at)
) PARTITION BY RANGE (occurred_at);
-- What names one thing in the whole house comes first, so that the index serves a business and the platform alike.
CREATE INDEX audit_events_id_idx ON audit_events (business_id, id);
CREATE INDEX audit_events_action_idx ON audit_events (business_id, action, sequence);
CREATE INDEX audit_events_actor_idx ON audit_events (actor_id, business_id, sequence);
CREATE INDEX audit_events_actor_token_idx ON audit_events (actor_token_id, business_id, sequence);
CREATE INDEX audit_events_target_idx ON audit_events (target_id, business_id, sequence);
CREATE INDEX audit_events_request_idx ON audit_events (request_id, business_id, sequence);
CREATE INDEX audit_events_ip_idx ON audit_events (ip, business_id, sequence);
CREATE INDEX audit_events_refused_idx ON audit_events (business_id, outcome, sequence) WHERE outcome <> 'success';
CREATE INDEX audit_events_occurred_at_idx ON audit_events (business_id, occurred_at, sequence, action);
CREATE INDEX audit_events_platform_idx ON audit_events (occurred_at, id);
CREATE INDEX audit_events_platform_action_idx ON audit_events (action, occurred_at, id);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- One partition a month, made ahead of need; the default partition keeps a write from ever failing for want of one.
CREATE TABLE audit_events_default PARTITION OF audit_events DEFAULT;
-- Partitions inherit row triggers only: each needs its own against TRUNCATE.
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events_default FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE FUNCTION audit_ensure_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
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
    END IF;
  END LOOP;
END $$;
SELECT audit_ensure_partitions();

-- The application runs as this role wherever the database's user may become it: it cannot rewrite the log,
-- delete a token, or touch the feed other than through the triggers.
DO $$ BEGIN
  CREATE ROLE rescind_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rescind_app') THEN
    EXECUTE format('GRANT rescind_app TO %I', current_user);
  END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rescind_app') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO rescind_app', current_schema());
    GRANT SELECT, INSERT, UPDATE ON businesses, members, identities, tokens, audit_heads TO rescind_app;
    GRANT SELECT, INSERT ON audit_events TO rescind_app;
    GRANT SELECT ON revocation_feed, revocation_feed_epoch, migrations TO rescind_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON verifiers TO rescind_app;
  END IF;
END $$;
REVOKE UPDATE, DELETE, TRUNCATE ON audit_events FROM PUBLIC;
