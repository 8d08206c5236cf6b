import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** Has a row where the schema was brought here from a version whose rows carry no MACs (src/cli/schema.ts). */
export const CREATE_ADOPTION = `
CREATE TABLE IF NOT EXISTS adoption (
  only_one boolean CONSTRAINT adoption_pkey PRIMARY KEY DEFAULT true CONSTRAINT adoption_only_one_check CHECK (only_one),
  due_since timestamptz NOT NULL DEFAULT now(),
  adopted_at timestamptz
)`;

export class AdoptionOfEarlierRows1764002000000 implements Migration {
  name = 'AdoptionOfEarlierRows1764002000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CREATE_ADOPTION);
  }
}
