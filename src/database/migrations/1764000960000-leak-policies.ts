import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** What a business wants done when the secret of one of its tokens is reported as leaked. */
export class LeakPolicies1764000960000 implements Migration {
  name = 'LeakPolicies1764000960000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE businesses ADD COLUMN leak_policy varchar(8) NOT NULL DEFAULT 'revoke',
        ADD CONSTRAINT businesses_leak_policy_check CHECK (leak_policy IN ('revoke', 'notify'));`);
  }
}
