import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/**
 * A table lists the tokens of cut-offs, in the place of an index on tokens.revoked_with: while no index has a column that a
 * revocation writes, PostgreSQL writes the row alone and none of the indexes of the table
 * (docs/adr/0086-marking-writes-no-index.md). A token enters its list in the statement that marks it, by a trigger.
 */
export class TokensOfCutOffs1764001540000 implements Migration {
  name = 'TokensOfCutOffs1764001540000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      // Or what is marked meanwhile would be in no list.
      'LOCK TABLE tokens IN SHARE ROW EXCLUSIVE MODE;',
      TABLE,
      `${EVERY_ROW} ${listed('tokens')};`,
      patched('feed_of_tokens()', RETURN_NULL, `${LISTED}${RETURN_NULL}`),
      'DROP INDEX tokens_revoked_with_idx;',
    ])
      await runner.query(statement);
  }
}

const EVERY_ROW = `SELECT set_config('app.business_id', '*', true);`;

/** One passage of a function replaced by another; all else in it stays as it is. */
function patched(name: string, before: string, after: string): string {
  return `
DO $do$
DECLARE definition text := pg_get_functiondef('${name}'::regprocedure);
BEGIN
  IF position($words$${before}$words$ IN definition) = 0 THEN
    RAISE EXCEPTION '${name} is not what this migration changes';
  END IF;
  EXECUTE replace(definition, $words$${before}$words$, $words$${after}$words$);
END $do$;`;
}

const pinned = (name: string): string => `
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION ${name} SET search_path = %I, pg_temp', current_schema());
  REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC;
END $$;`;

const ROWS = `(SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[])`;

const TABLE = `
-- The API tokens that cut-offs have revoked, once they are marked.
CREATE TABLE cut_off_tokens (
  revocation_id uuid NOT NULL,
  -- The nil UUID for tokens of the platform.
  business_id uuid NOT NULL,
  token_created_at timestamptz(3) NOT NULL,
  token_id uuid NOT NULL,
  PRIMARY KEY (revocation_id, token_created_at, token_id)
);
CREATE POLICY rows_of_business ON cut_off_tokens USING (${ROWS}) WITH CHECK (${ROWS});
ALTER TABLE cut_off_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION cut_off_token_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a token does not leave the list of what revoked it' USING ERRCODE = 'integrity_constraint_violation';
END $$;${pinned('cut_off_token_stays()')}
CREATE TRIGGER cut_off_tokens_stay BEFORE UPDATE OR DELETE ON cut_off_tokens FOR EACH ROW EXECUTE FUNCTION cut_off_token_stays();
CREATE TRIGGER cut_off_tokens_no_truncate BEFORE TRUNCATE ON cut_off_tokens FOR EACH STATEMENT EXECUTE FUNCTION cut_off_token_stays();`;

const marked = (table: string): string =>
  `SELECT revoked_with, coalesce(business_id, '00000000-0000-0000-0000-000000000000'), created_at, id FROM ${table}
      WHERE revoked_with IS NOT NULL AND kind = 'api'`;

const listed = (table: string, but = ''): string => `
    INSERT INTO cut_off_tokens (revocation_id, business_id, token_created_at, token_id)
      ${marked(table)}${but} ON CONFLICT DO NOTHING`;

const RETURN_NULL = 'RETURN NULL;';

/** EXCEPT and no join: it costs the same whatever the planner expects of the two. */
const LISTED = `IF TG_OP = 'UPDATE' THEN ${listed('after', ` EXCEPT ${marked('before')}`)};
        END IF;
        `;
