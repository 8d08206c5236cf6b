-- With which token members came in and roles were mapped, and whose address was changed (docs/adr/0095-a-link-is-a-credential.md).
ALTER TABLE members ADD COLUMN readdressed boolean NOT NULL DEFAULT false, ADD COLUMN added_by_token uuid;
CREATE INDEX members_added_by_idx ON members (added_by_token) WHERE added_by_token IS NOT NULL;
ALTER TABLE role_mappings ADD COLUMN default_role_set_by uuid;
COMMENT ON COLUMN role_mappings.groups IS '[{"group": name, "role": role, "set_by": token or null}]';
