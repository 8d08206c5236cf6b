-- Sessions: tokens whose secret is in a cookie (docs/adr/0077-a-session-is-a-token.md).
-- Of a token that ends or changes, verifiers forget the sessions that were opened with it as well.
-- Whoever revokes a token of the platform waits for the changes that sessions opened with it have begun.
-- A session is good for as long as the token that it was opened with.

ALTER TABLE tokens
  ADD COLUMN kind varchar(8) NOT NULL DEFAULT 'api' CONSTRAINT tokens_kind_check CHECK ("kind" IN ('api', 'session')),
  -- A session ends when it was not used for so long.
  ADD COLUMN idle_seconds integer,
  ADD CONSTRAINT tokens_session_check CHECK ((kind = 'session') = (idle_seconds IS NOT NULL) AND (kind = 'api' OR expires_at IS NOT NULL));
CREATE INDEX tokens_sessions_idx ON tokens (business_id, created_at, id) WHERE kind = 'session';
CREATE INDEX tokens_sessions_of_token_idx ON tokens (issued_by_token) WHERE kind = 'session';

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
CREATE POLICY rows_of_business ON session_sign_ins USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE session_sign_ins ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

DO $do$
DECLARE definition text := pg_get_functiondef('feed_of_tokens()'::regprocedure);
BEGIN
  IF position($words$IF FOUND AND current_setting('rescind.nudges', true)$words$ IN definition) = 0 THEN
    RAISE EXCEPTION 'feed_of_tokens() is not what this migration changes';
  END IF;
  EXECUTE replace(definition, $words$IF FOUND AND current_setting('rescind.nudges', true)$words$, $words$IF FOUND THEN
          INSERT INTO revocation_feed (kind, subject) SELECT 'token', s.jti FROM before b CROSS JOIN LATERAL (
            SELECT jti FROM tokens WHERE issued_by_token = b.id AND kind = 'session' AND revoked_at IS NULL AND expires_at > now() OFFSET 0) s;
          PERFORM true;
        END IF;
        IF FOUND AND current_setting('rescind.nudges', true)$words$);
END $do$;

DO $do$
DECLARE definition text := pg_get_functiondef('feed_of_tokens()'::regprocedure);
BEGIN
  IF position($words$trusted_ips, name, uses_limit, digest$words$ IN definition) = 0 THEN
    RAISE EXCEPTION 'feed_of_tokens() is not what this migration changes';
  END IF;
  EXECUTE replace(definition, $words$trusted_ips, name, uses_limit, digest$words$, $words$trusted_ips, name, uses_limit, kind, idle_seconds, digest$words$);
END $do$;

DO $do$
DECLARE definition text := pg_get_functiondef('feed_of_suspect_token()'::regprocedure);
BEGIN
  IF position($words$WHERE t.id = NEW.subject::uuid;$words$ IN definition) = 0 THEN
    RAISE EXCEPTION 'feed_of_suspect_token() is not what this migration changes';
  END IF;
  EXECUTE replace(definition, $words$WHERE t.id = NEW.subject::uuid;$words$, $words$WHERE t.id = NEW.subject::uuid OR (t.kind = 'session' AND t.issued_by_token = NEW.subject::uuid);$words$);
END $do$;

DO $do$
DECLARE definition text := pg_get_functiondef('change_prove(uuid[], uuid[], text[])'::regprocedure);
BEGIN
  IF position($words$FROM tokens t WHERE t.id = ANY (actors) AND t.business_id IS NULL ORDER BY t.id;$words$ IN definition) = 0 THEN
    RAISE EXCEPTION 'change_prove(uuid[], uuid[], text[]) is not what this migration changes';
  END IF;
  EXECUTE replace(definition, $words$FROM tokens t WHERE t.id = ANY (actors) AND t.business_id IS NULL ORDER BY t.id;$words$, $words$FROM (SELECT k.id FROM tokens k WHERE k.id = ANY (actors) AND k.business_id IS NULL
        UNION SELECT k.issued_by_token FROM tokens k WHERE k.id = ANY (actors) AND k.business_id IS NULL AND k.kind = 'session'
          AND k.issued_by_token IS NOT NULL) t ORDER BY t.id;$words$);
END $do$;

DO $do$
DECLARE definition text := pg_get_functiondef('change_prove(uuid[], uuid[], text[])'::regprocedure);
BEGIN
  IF position($words$WHEN t.id IS NULL OR t.revoked_at IS NOT NULL OR $words$ IN definition) = 0 THEN
    RAISE EXCEPTION 'change_prove(uuid[], uuid[], text[]) is not what this migration changes';
  END IF;
  EXECUTE replace(definition, $words$WHEN t.id IS NULL OR t.revoked_at IS NOT NULL OR $words$, $words$WHEN t.id IS NULL OR CASE WHEN t.kind = 'session' AND t.issued_by_token IS NOT NULL THEN NOT EXISTS (SELECT FROM tokens o
          LEFT JOIN businesses ob ON ob.id = o.business_id LEFT JOIN members om ON om.id = o.member_id LEFT JOIN identities oi ON oi.id = o.identity_id
        WHERE o.id = t.issued_by_token AND o.revoked_at IS NULL
          AND coalesce(least(o.expires_at, o.grace_ends_at) > clock_timestamp(), true)
          AND NOT EXISTS (SELECT FROM revocation_sets s WHERE s.token_id = o.id AND NOT s.marked)
          AND coalesce(o.created_at > greatest((SELECT p.not_before FROM platform_not_before p), ob.not_before, om.not_before, oi.not_before,
            (SELECT p.not_before FROM peppers p WHERE p.id = o.pepper_id)), true)
          AND NOT EXISTS (SELECT FROM audit_cut_offs c
            WHERE c.business_id = ANY (ARRAY[o.business_id, '00000000-0000-0000-0000-000000000000']) AND c.not_before >= o.created_at AND c.subject = ANY (ARRAY[
              'platform', 'pepper:' || o.pepper_id, o.business_id::text, o.member_id::text, o.identity_id::text])))
        ELSE false END OR t.revoked_at IS NOT NULL OR $words$);
END $do$;
