-- Which token another one was issued or rotated with, and the bound on its life that comes from there. For life: whoever
-- could cut the link could keep a token from being revoked with its parent. Tokens that exist have none.

ALTER TABLE tokens ADD COLUMN issued_by_token uuid, ADD COLUMN expires_at_max timestamptz(3);
CREATE INDEX tokens_issued_by_token_idx ON tokens (issued_by_token) WHERE issued_by_token IS NOT NULL;

CREATE FUNCTION token_origin_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'where a token comes from, and the bound on its life, are for life' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER tokens_origin_guard BEFORE UPDATE OF issued_by_token, expires_at_max ON tokens FOR EACH ROW
  WHEN ((OLD.issued_by_token, OLD.expires_at_max) IS DISTINCT FROM (NEW.issued_by_token, NEW.expires_at_max))
  EXECUTE FUNCTION token_origin_guard();
