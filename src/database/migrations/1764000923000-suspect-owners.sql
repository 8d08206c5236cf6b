-- The tokens of a member, an identity or a business that is not what the log says are refused while that fault is open.

CREATE FUNCTION feed_of_suspect_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
      BEGIN
        INSERT INTO revocation_feed (kind, subject)
          VALUES (CASE NEW.fault WHEN 'business_differs' THEN 'business' ELSE 'owner' END, NEW.subject);
        IF current_setting('rescind.nudges', true) IS DISTINCT FROM 'caller' THEN
          PERFORM pg_notify('rescind_feed', '');
        END IF;
        RETURN NULL;
      END $$;
      DO $$ BEGIN
        EXECUTE format('ALTER FUNCTION feed_of_suspect_owner() SET search_path = %I, pg_temp', current_schema());
      END $$;
      REVOKE EXECUTE ON FUNCTION feed_of_suspect_owner() FROM PUBLIC;
      CREATE TRIGGER integrity_faults_feed_of_owner AFTER INSERT OR UPDATE ON integrity_faults FOR EACH ROW
        WHEN (NEW.fault IN ('member_differs', 'identity_differs', 'business_differs')
          AND NEW.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
        EXECUTE FUNCTION feed_of_suspect_owner();
