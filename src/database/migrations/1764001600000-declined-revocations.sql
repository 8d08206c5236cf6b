-- A revocation that waits for a second person can be declined, for good (docs/adr/0087-a-revocation-can-be-declined.md).

ALTER TABLE revocation_requests ADD COLUMN declined_at timestamptz(3), ADD COLUMN declined_by varchar(320),
  ADD COLUMN decline_reason varchar(1024);

ALTER TABLE revocation_requests DROP CONSTRAINT revocation_requests_state_check;
ALTER TABLE revocation_requests ADD CONSTRAINT revocation_requests_state_check CHECK (state IN ('awaiting_approval', 'expired', 'declined', 'approved', 'marking', 'done'));

-- What was asked for stays as it is, and so does what was made of it, once it is in a state of `final`.
DROP TRIGGER IF EXISTS revocation_requests_stay ON revocation_requests;
CREATE TRIGGER revocation_requests_stay BEFORE UPDATE ON revocation_requests FOR EACH ROW
  WHEN ((NEW.id, NEW.business_id, NEW.kind, NEW.request, NEW.revocation_reason, NEW.asked_at, NEW.asked_by, NEW.asked_by_token, NEW.asked_by_owner,
      NEW.fingerprint, NEW.approval_expires_at, NEW.break_glass)
    IS DISTINCT FROM (OLD.id, OLD.business_id, OLD.kind, OLD.request, OLD.revocation_reason, OLD.asked_at, OLD.asked_by, OLD.asked_by_token, OLD.asked_by_owner,
      OLD.fingerprint, OLD.approval_expires_at, OLD.break_glass)
    OR OLD.state IN ('expired', 'declined', 'approved', 'done') OR (OLD.state = 'marking' AND NEW.state NOT IN ('marking', 'done'))
    OR (OLD.state = 'marking' AND (NEW.revoked_at, NEW.approved_at, NEW.approved_by) IS DISTINCT FROM (OLD.revoked_at, OLD.approved_at, OLD.approved_by)))
  EXECUTE FUNCTION revocation_request_stays();

ALTER TABLE revocation_requests ADD CONSTRAINT revocation_requests_declined_check CHECK (
  num_nonnulls(declined_at, declined_by, decline_reason) = CASE WHEN state = 'declined' THEN 3 ELSE 0 END
  AND (state <> 'declined' OR num_nonnulls(approved_at, approved_by, revoked_at) = 0));
