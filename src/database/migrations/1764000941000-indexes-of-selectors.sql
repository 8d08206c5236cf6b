-- Each order in which tokens are listed has an index that the rows stand in, however many there are. Of the last use it has
-- the hour: an index over the moment itself would be written with each note of a use, and with it every other index of the row.

-- The rows that there are get theirs by writing the table anew, which fires no trigger and leaves nothing to clean up. From
-- then on a trigger keeps it, called once an hour and token.
ALTER TABLE tokens ADD COLUMN last_used_hour timestamptz(3);
ALTER TABLE tokens ALTER COLUMN last_used_hour TYPE timestamptz(3) USING date_bin('1 hour', last_used_at, '2000-01-01 00:00:00+00');
CREATE FUNCTION token_last_used_hour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.last_used_hour := date_bin('1 hour', NEW.last_used_at, '2000-01-01 00:00:00+00');
  RETURN NEW;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION token_last_used_hour() SET search_path = %I, pg_temp', current_schema());
END $$;
CREATE TRIGGER tokens_last_used_hour BEFORE UPDATE ON tokens FOR EACH ROW
  WHEN (NEW.last_used_hour IS DISTINCT FROM date_bin('1 hour', NEW.last_used_at, '2000-01-01 00:00:00+00')) EXECUTE FUNCTION token_last_used_hour();
CREATE TRIGGER tokens_last_used_hour_insert BEFORE INSERT ON tokens FOR EACH ROW
  WHEN (NEW.last_used_hour IS DISTINCT FROM date_bin('1 hour', NEW.last_used_at, '2000-01-01 00:00:00+00')) EXECUTE FUNCTION token_last_used_hour();

CREATE INDEX tokens_name_idx ON tokens (business_id, name, id);
CREATE INDEX tokens_expires_at_idx ON tokens (business_id, expires_at, id);
CREATE INDEX tokens_last_used_idx ON tokens (business_id, last_used_hour, id);
CREATE INDEX tokens_preview_idx ON tokens (token_prefix);
