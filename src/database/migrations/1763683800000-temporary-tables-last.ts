import type { MigrationInterface, QueryRunner } from 'typeorm';

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
export class TemporaryTablesLast1763683800000 implements MigrationInterface {
  name = 'TemporaryTablesLast1763683800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ DECLARE name text; BEGIN
        FOREACH name IN ARRAY ARRAY['${FUNCTIONS.join("', '")}'] LOOP
          EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', name, current_schema());
        END LOOP;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of FUNCTIONS) await runner.query(`ALTER FUNCTION ${name} SET search_path FROM CURRENT`);
  }
}
