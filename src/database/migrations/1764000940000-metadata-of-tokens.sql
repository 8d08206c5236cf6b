-- What a product notes of its own on a token: an id of its own, and an object of JSON. Each name in the object whose value
-- is a text, a number or a boolean has a row in token_metadata, by which tokens are found: under row-level security an
-- index serves operators that leak nothing alone, and containment of JSON is none of them.

ALTER TABLE tokens ADD COLUMN external_id varchar(255), ADD COLUMN metadata jsonb;
CREATE INDEX tokens_external_id_idx ON tokens (business_id, external_id, created_at, id) WHERE external_id IS NOT NULL;

CREATE TABLE token_metadata (
  token_id uuid NOT NULL,
  business_id uuid NOT NULL,
  name text NOT NULL,
  value text NOT NULL,
  CONSTRAINT token_metadata_pkey PRIMARY KEY (token_id, name)
);
CREATE INDEX token_metadata_value_idx ON token_metadata (business_id, name, value, token_id);
CREATE POLICY rows_of_business ON token_metadata USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE token_metadata ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

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
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION token_metadata_follows() SET search_path = %I, pg_temp', current_schema());
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
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION feed_of_metadata() SET search_path = %I, pg_temp', current_schema());
END $$;
CREATE TRIGGER tokens_metadata_feed AFTER UPDATE OF external_id, metadata ON tokens FOR EACH ROW
  WHEN ((OLD.external_id, OLD.metadata) IS DISTINCT FROM (NEW.external_id, NEW.metadata)) EXECUTE FUNCTION feed_of_metadata();
