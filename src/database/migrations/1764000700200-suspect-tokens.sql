-- A token that is found not to be what the log says is refused while the fault is open: verifiers forget it then.

CREATE FUNCTION feed_of_suspect_token() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO revocation_feed (kind, subject) SELECT 'token', t.jti FROM tokens t WHERE t.id = NEW.subject::uuid OR (t.kind = 'session' AND t.issued_by_token = NEW.subject::uuid);
  IF FOUND AND current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
    PERFORM pg_notify('rescind_feed', '');
  END IF;
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION feed_of_suspect_token() SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION feed_of_suspect_token() FROM PUBLIC;
CREATE TRIGGER integrity_faults_feed AFTER INSERT OR UPDATE ON integrity_faults FOR EACH ROW
  WHEN (NEW.fault IN ('token_invented', 'token_differs') AND NEW.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
  EXECUTE FUNCTION feed_of_suspect_token();
