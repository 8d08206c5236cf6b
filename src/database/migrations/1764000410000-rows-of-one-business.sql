-- A session sees and writes the rows of the businesses that `app.business_id` names, ids with commas between them or
-- `*` for all, and without it none: a second wall behind the WHERE of every statement
-- (docs/adr/0036-rows-of-one-business.md).
-- Sub-selects, so that the setting is read once for a statement and not for each row.
-- Nobody but the owner reads a partition by its own name; if somebody is let, they find it empty.

CREATE POLICY rows_of_business ON businesses USING ((SELECT current_setting('app.business_id', true) = '*') OR id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE businesses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON members USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON identities USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON identity_token_auth USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE identity_token_auth ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON tokens USING ((SELECT current_setting('app.business_id', true) = '*') OR coalesce(business_id, '00000000-0000-0000-0000-000000000000') = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON audit_heads USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON audit_events USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON audit_trees USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE audit_trees ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON audit_tiles USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE audit_tiles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON audit_retention USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE audit_retention ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY rows_of_business ON audit_dropped_revocations USING ((SELECT current_setting('app.business_id', true) = '*') OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
        ALTER TABLE audit_dropped_revocations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

DO $$ DECLARE partition regclass; BEGIN
  FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_events'::regclass LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  END LOOP;
END $$;
