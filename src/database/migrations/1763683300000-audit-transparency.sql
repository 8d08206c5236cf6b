-- The Merkle trees over the audit logs. What was sealed stays: the application's role can add to a tree and
-- cannot take from it.

-- The sealed part of each log: what the latest checkpoint says. Its row lock is what keeps two sealers apart.
CREATE TABLE audit_trees (
  business_id uuid PRIMARY KEY,
  size bigint NOT NULL,
  root bytea NOT NULL,
  sealed_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (fillfactor = 40);

-- C2SP tlog-tiles: 256 hashes of level 8*level. The last tile of a level grows by parts, each starting at its own
-- place in the tile, and becomes one row once it is full: rewriting 8 kB for each new event would cost 250 times as much.
CREATE TABLE audit_tiles (
  business_id uuid NOT NULL,
  level smallint NOT NULL,
  number bigint NOT NULL,
  start smallint NOT NULL,
  hashes bytea NOT NULL,
  CONSTRAINT audit_tiles_pkey PRIMARY KEY (business_id, level, number, start)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
-- Hashes do not compress.
ALTER TABLE audit_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Replaces the parts of full tiles by one row each. The parts must be what the row begins with.
CREATE FUNCTION audit_close_tiles(businesses uuid[], levels int[], numbers bigint[], contents bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE parts bytea;
BEGIN
  FOR i IN 1..coalesce(cardinality(businesses), 0) LOOP
    SELECT string_agg(hashes, ''::bytea ORDER BY start) INTO parts FROM audit_tiles
      WHERE business_id = businesses[i] AND level = levels[i] AND number = numbers[i];
    IF length(contents[i]) <> 8192 OR (parts IS NOT NULL AND substring(contents[i] FROM 1 FOR length(parts)) <> parts) THEN
      RAISE EXCEPTION 'a tile of the audit log keeps what it holds' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    DELETE FROM audit_tiles WHERE business_id = businesses[i] AND level = levels[i] AND number = numbers[i];
    INSERT INTO audit_tiles (business_id, level, number, start, hashes)
      VALUES (businesses[i], levels[i], numbers[i], 0, contents[i]);
  END LOOP;
END $$;

CREATE FUNCTION audit_tree_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.business_id <> OLD.business_id OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) THEN
    RAISE EXCEPTION 'a sealed log only grows' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_trees_grow BEFORE UPDATE ON audit_trees FOR EACH ROW EXECUTE FUNCTION audit_tree_grows();
CREATE TRIGGER audit_trees_stay BEFORE DELETE ON audit_trees FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

CREATE FUNCTION audit_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_heads_grow BEFORE UPDATE ON audit_heads FOR EACH ROW
  WHEN (NEW.size < OLD.size OR NEW.business_id <> OLD.business_id) EXECUTE FUNCTION audit_head_grows();

DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rescind_app') THEN
    GRANT SELECT, INSERT, UPDATE ON audit_trees TO rescind_app;
    GRANT SELECT, INSERT ON audit_tiles TO rescind_app;
    GRANT EXECUTE ON FUNCTION audit_close_tiles(uuid[], int[], bigint[], bytea[]) TO rescind_app;
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION audit_close_tiles(uuid[], int[], bigint[], bytea[]) FROM PUBLIC;
