import type { MigrationInterface } from 'typeorm';

/** A change of the schema. There is no way back down: a database is restored from a backup, not migrated down. */
export type Migration = Pick<MigrationInterface, 'up' | 'name' | 'transaction'>;
