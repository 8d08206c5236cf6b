-- The keys under which callers issued and rotated tokens in the last day, so that a call can be repeated.

CREATE TABLE idempotency_keys (
        actor_token_id uuid NOT NULL,
        key varchar(255) NOT NULL,
        fingerprint bytea NOT NULL,
        token_id uuid NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_token_id, key)
      );
      CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
      DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rescind_app') THEN
          GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO rescind_app;
        END IF;
      END $$;
