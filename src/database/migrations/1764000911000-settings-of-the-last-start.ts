import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** What the last start had: a keyed digest of each setting, and what may be told of migrations, pepper and signing key. */
export class SettingsOfTheLastStart1764000911000 implements Migration {
  name = 'SettingsOfTheLastStart1764000911000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE last_start (
        name varchar(64) NOT NULL,
        digest bytea,
        value text,
        CONSTRAINT last_start_pkey PRIMARY KEY (name)
      )`);
  }
}
