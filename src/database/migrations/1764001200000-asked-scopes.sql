-- Which scopes good verdicts on a token asked for (docs/adr/0076-asked-scopes.md). As with all usage, nothing else refers
-- to it, and all of it may be deleted.

CREATE TABLE token_asked_scopes (
  business_id uuid NOT NULL,
  token_id uuid NOT NULL,
  -- Empty: the token was good, and nobody said which scopes that took.
  scope varchar(128) NOT NULL,
  first_asked_at timestamptz(3) NOT NULL,
  last_asked_at timestamptz(3) NOT NULL,
  CONSTRAINT token_asked_scopes_pkey PRIMARY KEY (business_id, token_id, scope)
) WITH (fillfactor = 80);
CREATE POLICY rows_of_business ON token_asked_scopes USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE token_asked_scopes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
