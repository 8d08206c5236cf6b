import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which scopes of its product a business lets developers give who sign in without a token (docs/adr/0082). */
export class DeveloperScopes1764001500000 implements MigrationInterface {
  name = 'DeveloperScopes1764001500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE businesses ADD COLUMN developer_scopes text[] NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE businesses DROP COLUMN developer_scopes');
  }
}
