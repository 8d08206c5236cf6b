import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** How far each log was sent to each sink. */
export class CursorsOfSinks1764000803000 implements Migration {
  name = 'CursorsOfSinks1764000803000';

  async up(runner: QueryRunner): Promise<void> {
    const setting = `current_setting('app.business_id', true)`;
    await runner.query(`
      CREATE TABLE audit_sink_cursors (
        sink varchar(64) NOT NULL,
        business_id uuid NOT NULL,
        sequence bigint NOT NULL,
        moved_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT audit_sink_cursors_pkey PRIMARY KEY (sink, business_id)
      );
      CREATE POLICY rows_of_business ON audit_sink_cursors USING ((SELECT ${setting} = '*')
        OR business_id = ANY ((SELECT string_to_array(nullif(${setting}, '*'), ',')::uuid[])::uuid[]));
      ALTER TABLE audit_sink_cursors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`);
  }
}
