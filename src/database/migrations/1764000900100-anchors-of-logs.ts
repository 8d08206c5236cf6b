import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** Where the latest checkpoint of each business's log stands in the platform's log. Each row proves itself by that. */
export class AnchorsOfLogs1764000900100 implements Migration {
  name = 'AnchorsOfLogs1764000900100';

  async up(runner: QueryRunner): Promise<void> {
    const setting = `current_setting('app.business_id', true)`;
    await runner.query(`
      CREATE TABLE audit_anchors (
        business_id uuid NOT NULL,
        -- Of the checkpoint that was anchored.
        size bigint NOT NULL,
        -- Of the event in the platform's log.
        sequence bigint NOT NULL,
        -- Place among the checkpoints of that event, and the hashes from there to their root, one after the other.
        leaf_index integer NOT NULL,
        path bytea NOT NULL,
        anchored_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT audit_anchors_pkey PRIMARY KEY (business_id)
      );
      CREATE POLICY rows_of_business ON audit_anchors USING ((SELECT ${setting} = '*')
        OR business_id = ANY ((SELECT string_to_array(nullif(${setting}, '*'), ',')::uuid[])::uuid[]));
      ALTER TABLE audit_anchors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`);
  }
}
