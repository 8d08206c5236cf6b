import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many client verifiers each verifier answers for, as it says with each round. */
export class ClientVerifiersOfServers1764000930000 implements MigrationInterface {
  name = 'ClientVerifiersOfServers1764000930000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE verifiers ADD COLUMN client_verifiers integer NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE verifiers DROP COLUMN client_verifiers');
  }
}
