-- Businesses, members, identities and their tokens since 0.2.0, with what stands beside them: sessions, accounts, groups,
-- usage. The rows of each business are walled off by 1764003400000-rows-of-one-business.sql, once all tables are there.

ALTER TABLE businesses
  -- Tokens that were created then or before are refused, whatever their own rows say (docs/adr/0068-cut-offs.md).
  ADD COLUMN not_before timestamptz(3),
  -- What is done when the secret of one of its tokens is reported as leaked.
  ADD COLUMN leak_policy varchar(8) NOT NULL DEFAULT 'revoke' CONSTRAINT businesses_leak_policy_check CHECK (leak_policy IN ('revoke', 'notify')),
  -- Revocations of more tokens than this wait for a second person; NULL: none does.
  ADD COLUMN approval_above integer CONSTRAINT businesses_approval_above_check CHECK (approval_above >= 0),
  -- Of the life of its tokens; NULL: no such bound (docs/adr/0072-policies-for-the-life-of-tokens.md).
  ADD COLUMN token_lifetime_days_max integer,
  ADD COLUMN token_expiry_required boolean NOT NULL DEFAULT false,
  ADD COLUMN token_unused_days_max integer,
  ADD COLUMN token_unused_notice_days integer NOT NULL DEFAULT 7,
  ADD COLUMN token_rotation_days integer,
  -- Which scopes of its product developers may give who sign in without a token (docs/adr/0082).
  ADD COLUMN developer_scopes text[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT businesses_token_policy_check CHECK (token_lifetime_days_max >= 1 AND token_rotation_days >= 1
    AND token_unused_notice_days >= 1 AND token_unused_days_max > token_unused_notice_days);

-- The role in force is "role". Two columns say why: what the groups of the person were mapped to last (NULL: nothing), and
-- what an administrator gave (NULL: nothing beside "role"). A member whose groups map to no role any more, and whom nobody
-- gave one, has `no-access`.
ALTER TABLE members
  DROP CONSTRAINT members_role_check,
  ADD CONSTRAINT members_role_check CHECK (role IN ('owner', 'admin', 'developer', 'auditor', 'no-access')),
  ADD COLUMN not_before timestamptz(3),
  ADD COLUMN mapped_role varchar(16) CONSTRAINT members_mapped_role_check CHECK (mapped_role IN ('owner', 'admin', 'developer', 'auditor')),
  ADD COLUMN manual_role varchar(16) CONSTRAINT members_manual_role_check CHECK (manual_role IN ('owner', 'admin', 'developer', 'auditor')),
  ADD COLUMN role_pinned boolean NOT NULL DEFAULT false,
  -- When a directory ended a membership that it may begin again; NULL: it did not, or may not.
  ADD COLUMN deactivated_at timestamptz(3),
  -- With which token members came in, and whose address was changed (docs/adr/0095-a-link-is-a-credential.md).
  ADD COLUMN readdressed boolean NOT NULL DEFAULT false,
  ADD COLUMN added_by_token uuid,
  ADD CONSTRAINT members_deactivated_check CHECK (deactivated_at IS NULL OR removed_at IS NOT NULL);
-- A person is found in whatever business.
CREATE INDEX members_person_idx ON members (email, created_at, id);
CREATE UNIQUE INDEX members_deactivated_key ON members (business_id, email) WHERE deactivated_at IS NOT NULL;
-- The latest cut-off of a business is found by one entry.
CREATE INDEX members_cut_off_idx ON members (business_id, not_before) WHERE not_before IS NOT NULL;
CREATE INDEX members_added_by_idx ON members (added_by_token) WHERE added_by_token IS NOT NULL;

-- Whoever comes back comes back without tokens (R3), whatever statement brings them back.
CREATE FUNCTION member_comes_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM tokens WHERE member_id = NEW.id AND revoked_at IS NULL) THEN
    RAISE EXCEPTION 'a member comes back without any token that is not revoked' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER members_come_back BEFORE UPDATE OF removed_at ON members FOR EACH ROW
  WHEN (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL) EXECUTE FUNCTION member_comes_back();

-- A machine identity may have the role `no-access`: its tokens are for the product, and manage nothing.
ALTER TABLE identities
  DROP CONSTRAINT identities_role_check,
  ADD CONSTRAINT identities_role_check CHECK (role IN ('owner', 'admin', 'developer', 'auditor', 'no-access')),
  ADD COLUMN not_before timestamptz(3);
CREATE INDEX identities_cut_off_idx ON identities (business_id, not_before) WHERE not_before IS NOT NULL;

-- Which peppers and signing keys the processes of this database have had as their current one, so that a process with
-- another one is found. What tokens are stored under already is known by its id alone until a start that has it.
CREATE TABLE peppers (
  id varchar(8) PRIMARY KEY,
  -- HMAC-SHA-256 of a fixed label under the pepper; NULL: no start has had it yet.
  check_value bytea,
  current_since timestamptz NOT NULL,
  -- When no active token was left under it; NULL: that has not been found.
  emptied_at timestamptz,
  not_before timestamptz(3)
);
INSERT INTO peppers (id, current_since) SELECT pepper_id, max(created_at) FROM tokens GROUP BY pepper_id;
CREATE TABLE signing_keys (
  -- RFC 7638.
  kid varchar(43) PRIMARY KEY,
  -- SPKI, DER.
  public_key bytea NOT NULL,
  current_since timestamptz NOT NULL
);
-- What the last start had: a keyed digest of each setting, and what may be told of migrations, pepper and signing key.
CREATE TABLE last_start (
  name varchar(64) NOT NULL,
  digest bytea,
  value text,
  CONSTRAINT last_start_pkey PRIMARY KEY (name)
);

ALTER TABLE tokens
  -- Which person a platform token was issued to, for life.
  ADD COLUMN issued_to varchar(320) CONSTRAINT tokens_issued_to_check CHECK (issued_to IS NULL OR owner_kind = 'platform' AND business_id IS NULL),
  -- What only a holder of the pepper can make, of the row: see TokenMacs. NULL: of a version that made none.
  ADD COLUMN mac bytea,
  -- What a product notes of its own on a token: an id of its own, and an object of JSON.
  ADD COLUMN external_id varchar(255),
  ADD COLUMN metadata jsonb,
  -- The hour of the last use: an index over the moment itself would be written with each note of a use, and with it every
  -- other index of the row.
  ADD COLUMN last_used_hour timestamptz(3),
  -- The cut-off that ended the token; NULL: it was revoked by itself, or is not revoked. In no index: while none has a column
  -- that a revocation writes, PostgreSQL writes the row alone (docs/adr/0086-marking-writes-no-index.md).
  ADD COLUMN revoked_with uuid,
  -- Sessions: tokens whose secret is in a cookie (docs/adr/0077-a-session-is-a-token.md).
  ADD COLUMN kind varchar(8) NOT NULL DEFAULT 'api' CONSTRAINT tokens_kind_check CHECK (kind IN ('api', 'session')),
  -- A session ends when it was not used for so long.
  ADD COLUMN idle_seconds integer,
  ADD CONSTRAINT tokens_session_check CHECK ((kind = 'session') = (idle_seconds IS NOT NULL) AND (kind = 'api' OR expires_at IS NOT NULL));
-- The rows that there are get theirs by writing the table anew, which fires no trigger and leaves nothing to clean up. From
-- then on a trigger keeps it, called once an hour and token.
ALTER TABLE tokens ALTER COLUMN last_used_hour TYPE timestamptz(3) USING date_bin('1 hour', last_used_at, '2000-01-01 00:00:00+00');

-- Without statistics PostgreSQL takes, of several that look alike, the index that was made last.
CREATE INDEX tokens_unbound_idx ON tokens (id) WHERE mac IS NULL;
CREATE INDEX tokens_external_id_idx ON tokens (business_id, external_id, created_at, id) WHERE external_id IS NOT NULL;
CREATE INDEX tokens_last_used_idx ON tokens (business_id, last_used_hour, id);
CREATE INDEX tokens_preview_idx ON tokens (token_prefix);
CREATE INDEX tokens_sessions_idx ON tokens (business_id, created_at, id) WHERE kind = 'session';
CREATE INDEX tokens_sessions_of_token_idx ON tokens (issued_by_token) WHERE kind = 'session';
-- Each order in which tokens are listed has an index that the rows stand in, however many there are. It holds the names, so
-- that a search by a part of one reads no row in vain.
DROP INDEX tokens_created_at_idx;
CREATE INDEX tokens_created_at_idx ON tokens (business_id, created_at, id) INCLUDE (name, kind);
CREATE INDEX tokens_name_idx ON tokens (business_id, name, id) INCLUDE (kind);
CREATE INDEX tokens_expires_at_idx ON tokens (business_id, expires_at, id) INCLUDE (name, kind);

CREATE TRIGGER tokens_issued_to_guard BEFORE UPDATE OF issued_to ON tokens FOR EACH ROW
  WHEN (OLD.issued_to IS DISTINCT FROM NEW.issued_to) EXECUTE FUNCTION token_origin_guard();

CREATE FUNCTION token_last_used_hour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.last_used_hour := date_bin('1 hour', NEW.last_used_at, '2000-01-01 00:00:00+00');
  RETURN NEW;
END $$;
CREATE TRIGGER tokens_last_used_hour BEFORE UPDATE ON tokens FOR EACH ROW
  WHEN (NEW.last_used_hour IS DISTINCT FROM date_bin('1 hour', NEW.last_used_at, '2000-01-01 00:00:00+00')) EXECUTE FUNCTION token_last_used_hour();
CREATE TRIGGER tokens_last_used_hour_insert BEFORE INSERT ON tokens FOR EACH ROW
  WHEN (NEW.last_used_hour IS DISTINCT FROM date_bin('1 hour', NEW.last_used_at, '2000-01-01 00:00:00+00')) EXECUTE FUNCTION token_last_used_hour();

-- Each name in the metadata of a token whose value is a text, a number or a boolean, by which tokens are found: under
-- row-level security an index serves operators that leak nothing alone, and containment of JSON is none of them.
CREATE TABLE token_metadata (
  token_id uuid NOT NULL,
  business_id uuid NOT NULL,
  name text NOT NULL,
  value text NOT NULL,
  CONSTRAINT token_metadata_pkey PRIMARY KEY (token_id, name)
);
CREATE INDEX token_metadata_value_idx ON token_metadata (business_id, name, value, token_id);

-- A trigger, so that no code path and no operator's SQL can forget it. What is longer than 255 characters is in no index.
CREATE FUNCTION token_metadata_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM token_metadata WHERE token_id = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.metadata IS NOT NULL AND NEW.business_id IS NOT NULL THEN
    INSERT INTO token_metadata (token_id, business_id, name, value)
    SELECT NEW.id, NEW.business_id, each.key, each.value #>> '{}' FROM jsonb_each(NEW.metadata) AS each
    WHERE jsonb_typeof(each.value) IN ('string', 'number', 'boolean') AND length(each.value #>> '{}') <= 255;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tokens_metadata_insert AFTER INSERT ON tokens FOR EACH ROW
  WHEN (NEW.metadata IS NOT NULL) EXECUTE FUNCTION token_metadata_follows();
CREATE TRIGGER tokens_metadata_update AFTER UPDATE OF metadata ON tokens FOR EACH ROW
  WHEN (OLD.metadata IS DISTINCT FROM NEW.metadata) EXECUTE FUNCTION token_metadata_follows();
CREATE TRIGGER tokens_metadata_delete AFTER DELETE ON tokens FOR EACH ROW
  WHEN (OLD.metadata IS NOT NULL) EXECUTE FUNCTION token_metadata_follows();

-- Verdicts carry both: what verifiers remember of the token is forgotten.
CREATE FUNCTION feed_of_metadata() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO revocation_feed (kind, subject) VALUES ('token', OLD.jti);
  IF current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
    PERFORM pg_notify('rescind_feed', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tokens_metadata_feed AFTER UPDATE OF external_id, metadata ON tokens FOR EACH ROW
  WHEN ((OLD.external_id, OLD.metadata) IS DISTINCT FROM (NEW.external_id, NEW.metadata)) EXECUTE FUNCTION feed_of_metadata();

-- What has been said of a token in the log, so that it is said once.
CREATE TABLE token_notices (
  business_id uuid NOT NULL,
  token_id uuid NOT NULL,
  notice varchar(16) NOT NULL CONSTRAINT token_notices_notice_check CHECK (notice IN ('expiring', 'unused', 'rotation_due')),
  -- The end, the last use or the issue of the token that was told of: with another one it is told again.
  about timestamptz(3) NOT NULL,
  -- How many days before the end, or after how many.
  days integer NOT NULL,
  told_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT token_notices_pkey PRIMARY KEY (business_id, token_id, notice)
);

-- How tokens were used: verdicts by token and hour, and by business and hour, the addresses and user agents that tokens were
-- presented with last, and which scopes good verdicts asked for. Nothing else refers to it, and all of it may be deleted
-- (docs/adr/0070-usage-of-tokens.md, docs/adr/0076-asked-scopes.md).
-- Room on each page for the next count of an hour, which then touches no index.
CREATE TABLE token_usage (
  token_id uuid NOT NULL,
  hour timestamptz(3) NOT NULL,
  -- The nil UUID for the platform.
  business_id uuid NOT NULL,
  active integer NOT NULL,
  revoked integer NOT NULL,
  expired integer NOT NULL,
  suspended integer NOT NULL,
  exhausted integer NOT NULL,
  insufficient_scope integer NOT NULL,
  ip_not_allowed integer NOT NULL,
  CONSTRAINT token_usage_pkey PRIMARY KEY (token_id, hour)
) WITH (fillfactor = 80);
CREATE INDEX token_usage_hour_idx ON token_usage (hour);

CREATE TABLE business_usage (
  business_id uuid NOT NULL,
  hour timestamptz(3) NOT NULL,
  active bigint NOT NULL,
  revoked bigint NOT NULL,
  expired bigint NOT NULL,
  suspended bigint NOT NULL,
  exhausted bigint NOT NULL,
  insufficient_scope bigint NOT NULL,
  ip_not_allowed bigint NOT NULL,
  CONSTRAINT business_usage_pkey PRIMARY KEY (business_id, hour)
) WITH (fillfactor = 80);
CREATE INDEX business_usage_hour_idx ON business_usage (hour);

CREATE TABLE token_addresses (
  token_id uuid NOT NULL,
  address inet NOT NULL,
  business_id uuid NOT NULL,
  first_seen_at timestamptz(3) NOT NULL,
  last_seen_at timestamptz(3) NOT NULL,
  CONSTRAINT token_addresses_pkey PRIMARY KEY (token_id, address)
) WITH (fillfactor = 80);
-- By which tokens are found that were used from a range of addresses.
CREATE INDEX token_addresses_address_idx ON token_addresses (business_id, address, token_id);

CREATE TABLE token_user_agents (
  token_id uuid NOT NULL,
  user_agent varchar(256) NOT NULL,
  business_id uuid NOT NULL,
  first_seen_at timestamptz(3) NOT NULL,
  last_seen_at timestamptz(3) NOT NULL,
  CONSTRAINT token_user_agents_pkey PRIMARY KEY (token_id, user_agent)
) WITH (fillfactor = 80);

CREATE TABLE token_asked_scopes (
  business_id uuid NOT NULL,
  token_id uuid NOT NULL,
  -- Empty: the token was good, and nobody said which scopes that took.
  scope varchar(128) NOT NULL,
  first_asked_at timestamptz(3) NOT NULL,
  last_asked_at timestamptz(3) NOT NULL,
  CONSTRAINT token_asked_scopes_pkey PRIMARY KEY (business_id, token_id, scope)
) WITH (fillfactor = 80);

-- How the person of a session signed in.
CREATE TABLE session_sign_ins (
  session_id uuid NOT NULL CONSTRAINT session_sign_ins_pkey PRIMARY KEY CONSTRAINT session_sign_ins_session_fk REFERENCES tokens (id),
  -- The nil UUID for a session of the platform.
  business_id uuid NOT NULL,
  method varchar(16) NOT NULL CONSTRAINT session_sign_ins_method_check CHECK (method IN ('token', 'oidc', 'recovery_code')),
  -- What the provider calls itself, the person and its own session; NULL: no provider.
  issuer varchar(512),
  subject varchar(255),
  sid varchar(255)
);
CREATE INDEX session_sign_ins_sid_idx ON session_sign_ins (issuer, sid) WHERE sid IS NOT NULL;
CREATE INDEX session_sign_ins_subject_idx ON session_sign_ins (issuer, subject) WHERE subject IS NOT NULL;

-- Accounts of members at OpenID providers (docs/adr/0078-people-sign-in-at-their-provider.md), who linked each, and whether
-- its person has confirmed it (docs/adr/0095-a-link-is-a-credential.md).
CREATE TABLE member_accounts (
  id uuid NOT NULL CONSTRAINT member_accounts_pkey PRIMARY KEY,
  business_id uuid NOT NULL,
  member_id uuid NOT NULL CONSTRAINT member_accounts_member_fk REFERENCES members (id),
  issuer varchar(255) NOT NULL,
  subject varchar(255) NOT NULL,
  linked_at timestamptz(3) NOT NULL DEFAULT now(),
  confirmed boolean NOT NULL DEFAULT true,
  linked_by_token uuid
);
CREATE UNIQUE INDEX member_accounts_key ON member_accounts (issuer, subject, business_id);
CREATE INDEX member_accounts_member_idx ON member_accounts (business_id, member_id);
CREATE INDEX member_accounts_linked_by_idx ON member_accounts (linked_by_token) WHERE linked_by_token IS NOT NULL;

-- Digests of what was accepted and is refused from then on, kept until it has expired anyway.
CREATE TABLE used_once (
  digest bytea NOT NULL CONSTRAINT used_once_pkey PRIMARY KEY,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX used_once_expires_at_idx ON used_once (expires_at);

CREATE TABLE recovery_codes (
  business_id uuid NOT NULL CONSTRAINT recovery_codes_pkey PRIMARY KEY,
  digest bytea NOT NULL,
  pepper_id varchar(8) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  used_at timestamptz(3)
);

-- Groups that a directory provides, and what SCIM reads back (docs/adr/0079-a-directory-provides-members.md).
CREATE TABLE groups (
  id uuid CONSTRAINT groups_pkey PRIMARY KEY,
  business_id uuid NOT NULL CONSTRAINT groups_business_fk REFERENCES businesses (id),
  name varchar(255) NOT NULL,
  external_id varchar(255),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX groups_name_key ON groups (business_id, lower(name));
CREATE INDEX groups_created_at_idx ON groups (business_id, created_at, id);

CREATE TABLE group_members (
  group_id uuid NOT NULL CONSTRAINT group_members_group_fk REFERENCES groups (id),
  member_id uuid NOT NULL CONSTRAINT group_members_member_fk REFERENCES members (id),
  business_id uuid NOT NULL,
  CONSTRAINT group_members_pkey PRIMARY KEY (group_id, member_id)
);
CREATE INDEX group_members_member_idx ON group_members (member_id);

CREATE TABLE role_mappings (
  business_id uuid CONSTRAINT role_mappings_pkey PRIMARY KEY CONSTRAINT role_mappings_business_fk REFERENCES businesses (id),
  groups jsonb NOT NULL,
  default_role varchar(16) NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  -- With which token the role was mapped.
  default_role_set_by uuid
);
COMMENT ON COLUMN role_mappings.groups IS '[{"group": name, "role": role, "set_by": token or null}]';

CREATE TABLE scim_users (
  member_id uuid CONSTRAINT scim_users_pkey PRIMARY KEY CONSTRAINT scim_users_member_fk REFERENCES members (id),
  business_id uuid NOT NULL,
  external_id varchar(255),
  -- What SCIM clients read back and nothing else reads: their spelling of the name of the user, and of the user's name.
  attributes jsonb NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX scim_users_external_id_idx ON scim_users (business_id, external_id);

DO $$ DECLARE function text; BEGIN
  FOREACH function IN ARRAY ARRAY['token_last_used_hour()', 'token_metadata_follows()', 'feed_of_metadata()'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
  END LOOP;
END $$;
