import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** How many client verifiers each verifier answers for, as it says with each round. */
export class ClientVerifiersOfServers1764000930000 implements Migration {
  name = 'ClientVerifiersOfServers1764000930000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE verifiers ADD COLUMN client_verifiers integer NOT NULL DEFAULT 0');
  }
}
