import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When each verifier last renewed its lease, as it says with each round that earns one. Nothing is decided by it. */
export class RenewalsOfVerifiers1764001430000 implements MigrationInterface {
  name = 'RenewalsOfVerifiers1764001430000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE verifiers ADD COLUMN renewed_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE verifiers DROP COLUMN renewed_at');
  }
}
