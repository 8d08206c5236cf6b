-- A session sees and writes the rows of the businesses that `app.business_id` names, ids with commas between them or
-- `*` for all, and without it none: a second wall behind the WHERE of every statement
-- (docs/adr/0036-rows-of-one-business.md).
-- Sub-selects, so that the setting is read once for a statement and not for each row.
-- Nobody but the owner reads a partition by its own name; if somebody is let, they find it empty.

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['businesses', 'members', 'identities', 'identity_token_auth', 'tokens', 'audit_heads',
    'audit_events', 'audit_trees', 'audit_tiles', 'audit_retention', 'audit_dropped_revocations'] LOOP
    EXECUTE format($policy$CREATE POLICY rows_of_business ON %I USING ((SELECT current_setting('app.business_id', true) = '*')
      OR %s = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]))$policy$, name,
      CASE name WHEN 'businesses' THEN 'id' WHEN 'tokens' THEN 'coalesce(business_id, ''00000000-0000-0000-0000-000000000000'')' ELSE 'business_id' END);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;

DO $$ DECLARE partition regclass; BEGIN
  FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_events'::regclass LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  END LOOP;
END $$;
