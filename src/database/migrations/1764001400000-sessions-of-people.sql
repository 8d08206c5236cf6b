-- Sessions: tokens whose secret is in a cookie (docs/adr/0077-a-session-is-a-token.md).

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
