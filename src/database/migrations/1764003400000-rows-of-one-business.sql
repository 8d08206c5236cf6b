-- A session sees and writes the rows of the businesses that `app.business_id` names, ids with commas between them or
-- `*` for all, and without it none: a second wall behind the WHERE of every statement
-- (docs/adr/0036-rows-of-one-business.md). Of cut-offs it sees also those by the platform, which concern every business.
-- Sub-selects, so that the setting is read once for a statement and not for each row.
-- Nobody but the owner reads a partition by its own name; if somebody is let, they find it empty.

DO $$ DECLARE
  name text;
  of_business constant text := $policy$(SELECT current_setting('app.business_id', true) = '*')
    OR %s = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[])$policy$;
  of_platform constant text := $policy$(business_id = '00000000-0000-0000-0000-000000000000'
    AND (SELECT nullif(current_setting('app.business_id', true), '') IS NOT NULL))$policy$;
BEGIN
  FOREACH name IN ARRAY ARRAY['businesses', 'tokens', 'members', 'identities', 'identity_token_auth', 'audit_heads', 'audit_events',
    'audit_trees', 'audit_tiles', 'audit_retention', 'audit_dropped_revocations', 'integrity_faults', 'revocation_barriers',
    'audit_sink_cursors', 'audit_cosignatures', 'audit_anchors', 'audit_token_ends', 'audit_sequences', 'token_metadata',
    'token_usage', 'business_usage', 'token_addresses', 'token_user_agents', 'token_asked_scopes', 'token_notices',
    'session_sign_ins', 'member_accounts', 'recovery_codes', 'groups', 'group_members', 'role_mappings', 'scim_users'] LOOP
    EXECUTE format('CREATE POLICY rows_of_business ON %I USING (' || of_business || ')', name,
      CASE name WHEN 'businesses' THEN 'id' WHEN 'tokens' THEN 'coalesce(business_id, ''00000000-0000-0000-0000-000000000000'')' ELSE 'business_id' END);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['revocation_plans', 'revocation_requests', 'revocation_sets', 'revocation_tallies', 'cut_off_tokens'] LOOP
    EXECUTE format('CREATE POLICY rows_of_business ON %I USING (' || of_business || ') WITH CHECK (' || of_business || ')', name, 'business_id', 'business_id');
  END LOOP;
  FOREACH name IN ARRAY ARRAY['revocations', 'audit_cut_offs'] LOOP
    EXECUTE format('CREATE POLICY rows_of_business ON %I USING (' || of_business || ' OR ' || of_platform || ') WITH CHECK (' || of_business || ')', name, 'business_id', 'business_id');
  END LOOP;
  FOR name IN SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'rows_of_business' LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  END LOOP;
  FOR name IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit_events'::regclass LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;
