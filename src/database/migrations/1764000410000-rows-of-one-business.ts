import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** What says to which business a row belongs, by table. The nil UUID stands for the platform, as in its log. */
const BUSINESS_OF: Readonly<Record<string, string>> = {
  businesses: 'id',
  members: 'business_id',
  identities: 'business_id',
  identity_token_auth: 'business_id',
  tokens: `coalesce(business_id, '00000000-0000-0000-0000-000000000000')`,
  audit_heads: 'business_id',
  audit_events: 'business_id',
  audit_trees: 'business_id',
  audit_tiles: 'business_id',
  audit_retention: 'business_id',
  audit_dropped_revocations: 'business_id',
};

/**
 * A session sees and writes the rows of the businesses that `app.business_id` names, ids with commas between them or
 * `*` for all, and without it none: a second wall behind the WHERE of every statement
 * (docs/adr/0036-rows-of-one-business.md).
 */
export class RowsOfOneBusiness1764000410000 implements Migration {
  name = 'RowsOfOneBusiness1764000410000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, business] of Object.entries(BUSINESS_OF)) {
      await runner.query(`
        CREATE POLICY rows_of_business ON ${table} USING (${allowed(business)});
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`);
    }
    await runner.query(PARTITIONS);
    await runner.query(CHANGE_BEGIN);
  }
}

/** Sub-selects, so that the setting is read once for a statement and not for each row. */
function allowed(business: string): string {
  const setting = `current_setting('app.business_id', true)`;
  return `(SELECT ${setting} = '*') OR ${business} = ANY ((SELECT string_to_array(nullif(${setting}, '*'), ',')::uuid[])::uuid[])`;
}

/** Nobody but the owner reads a partition by its own name; if somebody is let, they find it empty. */
const ENSURE_PARTITIONS = (ofEach: string): string => `
CREATE OR REPLACE FUNCTION audit_ensure_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE month date; partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rescind.audit_partitions'));
  FOR ahead IN 0..2 LOOP
    month := date_trunc('month', now() AT TIME ZONE 'UTC')::date + make_interval(months => ahead);
    partition := 'audit_events_' || to_char(month, 'YYYY_MM');
    IF to_regclass(partition) IS NULL AND NOT EXISTS (
        SELECT FROM audit_events_default WHERE occurred_at >= month::timestamp AT TIME ZONE 'UTC'
          AND occurred_at < (month + interval '1 month') AT TIME ZONE 'UTC') THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF audit_events FOR VALUES FROM (%L) TO (%L)', partition,
        (month::timestamp AT TIME ZONE 'UTC'), ((month + interval '1 month') AT TIME ZONE 'UTC'));
      EXECUTE format('CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', partition);
      ${ofEach}
    END IF;
  END LOOP;
END $$;
DO $$ BEGIN EXECUTE format('ALTER FUNCTION audit_ensure_partitions() SET search_path = %I, pg_temp', current_schema()); END $$;`;

const EACH_PARTITION = (action: string): string => `
DO $$ DECLARE partition regclass; BEGIN
  FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_events'::regclass LOOP
    EXECUTE format('ALTER TABLE %s ${action} ROW LEVEL SECURITY', partition);
  END LOOP;
END $$;`;

const PARTITIONS =
  EACH_PARTITION('ENABLE') +
  ENSURE_PARTITIONS(`EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);`);

/** The actor may be the platform's, and so none of the business that is changed: it is looked at from everywhere. */
const CHANGE_BEGIN = `
ALTER FUNCTION change_begin(uuid[], uuid[], text[]) RENAME TO change_prove;
CREATE FUNCTION change_begin(logs uuid[], actors uuid[], authorities text[])
  RETURNS TABLE (transaction_id text, refusals text[]) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('app.business_id', '*', true);
  RETURN QUERY SELECT p.transaction_id, p.refusals FROM change_prove(logs, actors, authorities) p;
  PERFORM set_config('app.business_id', array_to_string(logs, ','), true);
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION change_begin(uuid[], uuid[], text[]) SET search_path = %I, pg_temp', current_schema());
END $$;`;
