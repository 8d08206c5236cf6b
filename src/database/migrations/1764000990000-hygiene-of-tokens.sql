-- What a business wants of the life of its tokens, and what has been said of a token in the log, so that it is said once
-- (docs/adr/0072-policies-for-the-life-of-tokens.md).

-- NULL: no such bound.
ALTER TABLE businesses ADD COLUMN token_lifetime_days_max integer,
  ADD COLUMN token_expiry_required boolean NOT NULL DEFAULT false,
  ADD COLUMN token_unused_days_max integer,
  ADD COLUMN token_unused_notice_days integer NOT NULL DEFAULT 7,
  ADD COLUMN token_rotation_days integer,
  ADD CONSTRAINT businesses_token_policy_check CHECK (token_lifetime_days_max >= 1 AND token_rotation_days >= 1
    AND token_unused_notice_days >= 1 AND token_unused_days_max > token_unused_notice_days);

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
CREATE POLICY rows_of_business ON token_notices USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE token_notices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
