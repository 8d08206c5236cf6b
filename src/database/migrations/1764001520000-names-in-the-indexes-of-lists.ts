import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

const LISTS = {
  tokens_created_at_idx: { key: 'business_id, created_at, id', of: 'name, kind' },
  tokens_name_idx: { key: 'business_id, name, id', of: 'kind' },
  tokens_expires_at_idx: { key: 'business_id, expires_at, id', of: 'name, kind' },
};

/** The indexes that lists are read along hold the names, so that a search by a part of one reads no row in vain. */
export class NamesInTheIndexesOfLists1764001520000 implements Migration {
  name = 'NamesInTheIndexesOfLists1764001520000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [index, { key, of }] of Object.entries(LISTS))
      await replace(runner, index, `(${key}) INCLUDE (${of})`);
  }
}

async function replace(runner: QueryRunner, index: string, definition: string): Promise<void> {
  await runner.query(`
    CREATE INDEX ${index}_next ON tokens ${definition};
    DROP INDEX ${index};
    ALTER INDEX ${index}_next RENAME TO ${index}`);
}
