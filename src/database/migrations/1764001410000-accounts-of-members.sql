-- Accounts of members at OpenID providers, roles mapped from their groups, what signs in once and no second time, and
-- recovery codes (docs/adr/0078-people-sign-in-at-their-provider.md).

-- The role in force is "role". These say why: what the groups of the person were mapped to last (NULL: nothing), and what
-- an administrator gave (NULL: nothing beside "role").
ALTER TABLE members
  ADD COLUMN mapped_role varchar(16) CONSTRAINT members_mapped_role_check CHECK (mapped_role IN ('owner', 'admin', 'developer', 'auditor')),
  ADD COLUMN manual_role varchar(16) CONSTRAINT members_manual_role_check CHECK (manual_role IN ('owner', 'admin', 'developer', 'auditor')),
  ADD COLUMN role_pinned boolean NOT NULL DEFAULT false;
-- A member whose groups map to no role any more, and whom nobody gave one.
ALTER TABLE members DROP CONSTRAINT members_role_check;
ALTER TABLE members ADD CONSTRAINT members_role_check CHECK (role IN ('owner', 'admin', 'developer', 'auditor', 'no-access'));

CREATE TABLE member_accounts (
  id uuid NOT NULL CONSTRAINT member_accounts_pkey PRIMARY KEY,
  business_id uuid NOT NULL,
  member_id uuid NOT NULL CONSTRAINT member_accounts_member_fk REFERENCES members (id),
  issuer varchar(255) NOT NULL,
  subject varchar(255) NOT NULL,
  linked_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX member_accounts_key ON member_accounts (issuer, subject, business_id);
CREATE INDEX member_accounts_member_idx ON member_accounts (business_id, member_id);

CREATE POLICY rows_of_business ON member_accounts USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE member_accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Digests of what was accepted and is refused from then on, kept until it has expired anyway.
CREATE TABLE used_once (
  digest bytea NOT NULL CONSTRAINT used_once_pkey PRIMARY KEY,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX used_once_expires_at_idx ON used_once (expires_at);

CREATE TABLE recovery_codes (
  business_id uuid NOT NULL CONSTRAINT recovery_codes_pkey PRIMARY KEY,
  digest bytea NOT NULL,
  pepper_id varchar(8) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  used_at timestamptz(3)
);

CREATE POLICY rows_of_business ON recovery_codes USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
