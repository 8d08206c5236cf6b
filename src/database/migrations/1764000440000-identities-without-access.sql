-- A machine identity may have the role `no-access`: its tokens are for the product, and manage nothing.

ALTER TABLE identities DROP CONSTRAINT identities_role_check;
ALTER TABLE identities ADD CONSTRAINT identities_role_check CHECK (role IN ('owner', 'admin', 'developer', 'auditor', 'no-access'));
