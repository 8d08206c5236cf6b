import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A person is found in whatever business. */
export class MembersByEmail1764000942000 implements MigrationInterface {
  name = 'MembersByEmail1764000942000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX members_person_idx ON members (email, created_at, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX members_person_idx');
  }
}
