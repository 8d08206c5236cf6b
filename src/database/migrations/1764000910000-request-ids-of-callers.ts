import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** Events keep what the caller gave the request as its id, beside ours. */
export class RequestIdsOfCallers1764000910000 implements Migration {
  name = 'RequestIdsOfCallers1764000910000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE audit_events ADD COLUMN client_request_id varchar(128);
      CREATE INDEX audit_events_client_request_idx ON audit_events (client_request_id, business_id, sequence)
        WHERE client_request_id IS NOT NULL;`);
  }
}
