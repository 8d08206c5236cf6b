-- How tokens were used: verdicts by token and hour, and by business and hour, and the addresses and user agents that tokens were
-- presented with last. Nothing else refers to it, and all of it may be deleted (docs/adr/0070-usage-of-tokens.md).

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

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['token_usage', 'business_usage', 'token_addresses', 'token_user_agents'] LOOP
    EXECUTE format($policy$CREATE POLICY rows_of_business ON %I USING ((SELECT current_setting('app.business_id', true) = '*')
      OR %s = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]))$policy$, name,
      'business_id');
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;

