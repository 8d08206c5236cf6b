import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

const FUNCTIONS = [
  'feed_append(text, text)',
  'feed_new_epoch()',
  'feed_prune(interval)',
  'feed_deleted()',
  'audit_ensure_partitions()',
  'audit_close_tiles(uuid[], int[], bigint[], bytea[])',
];

/**
 * Functions with the owner's rights look for their tables among the temporary ones last. PostgreSQL looks there first
 * unless told otherwise: a session with a temporary `revocation_feed` would have kept its revocations to itself.
 */
export class TemporaryTablesLast1763683800000 implements Migration {
  name = 'TemporaryTablesLast1763683800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ DECLARE name text; BEGIN
        FOREACH name IN ARRAY ARRAY['${FUNCTIONS.join("', '")}'] LOOP
          EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
        END LOOP;
      END $$`);
  }
}
