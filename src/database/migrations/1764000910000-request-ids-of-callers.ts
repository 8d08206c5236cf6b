import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Events keep what the caller gave the request as its id, beside ours. */
export class RequestIdsOfCallers1764000910000 implements MigrationInterface {
  name = 'RequestIdsOfCallers1764000910000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE audit_events ADD COLUMN client_request_id varchar(128);
      CREATE INDEX audit_events_client_request_idx ON audit_events (client_request_id, business_id, sequence)
        WHERE client_request_id IS NOT NULL;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX audit_events_client_request_idx;
      ALTER TABLE audit_events DROP COLUMN client_request_id;`);
  }
}
