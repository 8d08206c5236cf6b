import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A change of the schema. There is no way back down: a database is restored from a backup, not migrated down. */
type Migration = Pick<MigrationInterface, 'up' | 'name'>;

const FILE = /^(\d+)-([a-z0-9-]+)\.sql$/;

/** The statements of a file of this folder. @param name without its ending */
export function migrationSql(name: string): string {
  return readFileSync(join(import.meta.dirname, `${name}.sql`), 'utf8');
}

/** `1764000942000-members-by-email.sql` is on record as MembersByEmail1764000942000. */
function migrationOf(time: string, words: string): new () => Migration {
  const name = words.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase()) + time;
  return class {
    readonly name = name;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(migrationSql(`${time}-${words}`));
    }
  };
}

/**
 * All migrations, oldest first: the files of this folder, by their times. A new migration is a new file, which runs in one
 * transaction; a landed one never changes.
 */
export const MIGRATIONS = readdirSync(import.meta.dirname)
  .sort()
  .flatMap((file) => {
    const [, time, words] = FILE.exec(file) ?? [];
    return time === undefined || words === undefined ? [] : [migrationOf(time, words)];
  });
