-- Which person a platform token was issued to, for life; and an index by which the log finds what that person did.

ALTER TABLE tokens ADD COLUMN issued_to varchar(320),
        ADD CONSTRAINT tokens_issued_to_check CHECK (issued_to IS NULL OR owner_kind = 'platform' AND business_id IS NULL);
      CREATE TRIGGER tokens_issued_to_guard BEFORE UPDATE OF issued_to ON tokens FOR EACH ROW
        WHEN (OLD.issued_to IS DISTINCT FROM NEW.issued_to) EXECUTE FUNCTION token_origin_guard();
      CREATE INDEX audit_events_person_idx ON audit_events (actor_email, business_id, sequence)
        WHERE actor_kind = 'platform' AND actor_email IS NOT NULL;
