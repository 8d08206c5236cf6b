-- People whom a directory provides: a role by their groups beside the one given by hand, groups, and what SCIM reads
-- back (docs/adr/0079-a-directory-provides-members.md).

-- The columns of roles are those of accounts at OpenID providers, whichever of the two was there first.
ALTER TABLE members
  ADD COLUMN IF NOT EXISTS mapped_role varchar(16),
  ADD COLUMN IF NOT EXISTS manual_role varchar(16),
  ADD COLUMN IF NOT EXISTS role_pinned boolean NOT NULL DEFAULT false,
  -- When a directory ended a membership that it may begin again; NULL: it did not, or may not.
  ADD COLUMN deactivated_at timestamptz(3),
  ADD CONSTRAINT members_deactivated_check CHECK (deactivated_at IS NULL OR removed_at IS NOT NULL);
ALTER TABLE members
  DROP CONSTRAINT members_role_check,
  DROP CONSTRAINT IF EXISTS members_mapped_role_check,
  DROP CONSTRAINT IF EXISTS members_manual_role_check;
ALTER TABLE members
  ADD CONSTRAINT members_role_check CHECK (role IN ('owner', 'admin', 'developer', 'auditor', 'no-access')),
  ADD CONSTRAINT members_mapped_role_check CHECK (mapped_role IN ('owner', 'admin', 'developer', 'auditor')),
  ADD CONSTRAINT members_manual_role_check CHECK (manual_role IN ('owner', 'admin', 'developer', 'auditor'));
CREATE UNIQUE INDEX members_deactivated_key ON members (business_id, email) WHERE deactivated_at IS NOT NULL;

-- Whoever comes back comes back without tokens (R3), whatever statement brings them back.
CREATE FUNCTION member_comes_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM tokens WHERE member_id = NEW.id AND revoked_at IS NULL) THEN
    RAISE EXCEPTION 'a member comes back without any token that is not revoked' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER members_come_back BEFORE UPDATE OF removed_at ON members FOR EACH ROW
  WHEN (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL) EXECUTE FUNCTION member_comes_back();

CREATE TABLE groups (
  id uuid CONSTRAINT groups_pkey PRIMARY KEY,
  business_id uuid NOT NULL CONSTRAINT groups_business_fk REFERENCES businesses (id),
  name varchar(255) NOT NULL,
  external_id varchar(255),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX groups_name_key ON groups (business_id, lower(name));
CREATE INDEX groups_created_at_idx ON groups (business_id, created_at, id);

CREATE TABLE group_members (
  group_id uuid NOT NULL CONSTRAINT group_members_group_fk REFERENCES groups (id),
  member_id uuid NOT NULL CONSTRAINT group_members_member_fk REFERENCES members (id),
  business_id uuid NOT NULL,
  CONSTRAINT group_members_pkey PRIMARY KEY (group_id, member_id)
);
CREATE INDEX group_members_member_idx ON group_members (member_id);

CREATE TABLE role_mappings (
  business_id uuid CONSTRAINT role_mappings_pkey PRIMARY KEY CONSTRAINT role_mappings_business_fk REFERENCES businesses (id),
  -- [{"group": name, "role": role}]
  groups jsonb NOT NULL,
  default_role varchar(16) NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE scim_users (
  member_id uuid CONSTRAINT scim_users_pkey PRIMARY KEY CONSTRAINT scim_users_member_fk REFERENCES members (id),
  business_id uuid NOT NULL,
  external_id varchar(255),
  -- What SCIM clients read back and nothing else reads: their spelling of the name of the user, and of the user's name.
  attributes jsonb NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX scim_users_external_id_idx ON scim_users (business_id, external_id);

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['groups', 'group_members', 'role_mappings', 'scim_users'] LOOP
    EXECUTE format($policy$CREATE POLICY rows_of_business ON %I USING ((SELECT current_setting('app.business_id', true) = '*')
      OR %s = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]))$policy$, name,
      'business_id');
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;

