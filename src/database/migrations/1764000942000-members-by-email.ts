import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** A person is found in whatever business. */
export class MembersByEmail1764000942000 implements Migration {
  name = 'MembersByEmail1764000942000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX members_person_idx ON members (email, created_at, id)');
  }
}
