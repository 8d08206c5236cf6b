import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** Which scopes of its product a business lets developers give who sign in without a token (docs/adr/0082). */
export class DeveloperScopes1764001500000 implements Migration {
  name = 'DeveloperScopes1764001500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE businesses ADD COLUMN developer_scopes text[] NOT NULL DEFAULT '{}'`);
  }
}
