import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** When each verifier last renewed its lease, as it says with each round that earns one. Nothing is decided by it. */
export class RenewalsOfVerifiers1764001430000 implements Migration {
  name = 'RenewalsOfVerifiers1764001430000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE verifiers ADD COLUMN renewed_at timestamptz');
  }
}
