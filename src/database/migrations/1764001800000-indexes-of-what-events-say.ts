import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

const INDEXES = {
  audit_events_actor_idx: 'actor_id',
  audit_events_actor_token_idx: 'actor_token_id',
  audit_events_request_idx: 'request_id',
  audit_events_ip_idx: 'ip',
};

/**
 * An event of the service itself has no actor, request or address, and enters no index for them: nobody asks for the events
 * that have none (docs/adr/0089-marking-leaves-others-their-share.md).
 */
export class IndexesOfWhatEventsSay1764001800000 implements Migration {
  name = 'IndexesOfWhatEventsSay1764001800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [index, column] of Object.entries(INDEXES))
      await replace(runner, index, column, `WHERE ${column} IS NOT NULL`);
  }
}

async function replace(runner: QueryRunner, index: string, column: string, where: string): Promise<void> {
  await runner.query(`
    DROP INDEX ${index};
    CREATE INDEX ${index} ON audit_events (${column}, business_id, sequence) ${where}`);
}
