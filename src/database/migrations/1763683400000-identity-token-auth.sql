-- The terms under which Infisical's Token Auth issues tokens to an identity.

CREATE TABLE identity_token_auth (
  id uuid PRIMARY KEY,
  business_id uuid NOT NULL CONSTRAINT identity_token_auth_business_fk REFERENCES businesses (id),
  identity_id uuid NOT NULL CONSTRAINT identity_token_auth_identity_fk REFERENCES identities (id),
  ttl_seconds integer NOT NULL,
  max_ttl_seconds integer NOT NULL,
  uses_limit integer NOT NULL,
  trusted_ips text[] NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX identity_token_auth_identity_key ON identity_token_auth (identity_id);
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rescind_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON identity_token_auth TO rescind_app;
  END IF;
END $$;
