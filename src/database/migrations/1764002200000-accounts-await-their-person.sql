-- Who linked an account, and whether its person has confirmed it (docs/adr/0095-a-link-is-a-credential.md).
ALTER TABLE member_accounts ADD COLUMN confirmed boolean NOT NULL DEFAULT true, ADD COLUMN linked_by_token uuid;
CREATE INDEX member_accounts_linked_by_idx ON member_accounts (linked_by_token) WHERE linked_by_token IS NOT NULL;
