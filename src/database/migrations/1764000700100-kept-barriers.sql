-- What was waited for when a token was revoked, so that every receipt says the same. Added once, and never changed.

CREATE TABLE revocation_barriers (
  token_id uuid PRIMARY KEY,
  -- The nil UUID for a token of the platform.
  business_id uuid NOT NULL,
  facts jsonb NOT NULL,
  -- Under a key derived from the signing key; 4 bytes that name the key before it.
  mac bytea NOT NULL
);
CREATE POLICY rows_of_business ON revocation_barriers USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE revocation_barriers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER revocation_barriers_stay BEFORE UPDATE OR DELETE ON revocation_barriers FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
