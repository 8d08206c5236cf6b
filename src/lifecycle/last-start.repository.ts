import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** What is kept of one thing that a start had: a keyed digest, or what may be told. */
export interface KeptFact {
  name: string;
  digest: Buffer | null;
  value: string | null;
}

/** Rows of last_start. */
@Injectable()
export class LastStartRepository {
  async read(manager: EntityManager): Promise<Map<string, KeptFact>> {
    const rows = await manager.query<KeptFact[]>('SELECT name, digest, value FROM last_start');
    return new Map(rows.map((row) => [row.name, row]));
  }

  async keep(facts: readonly KeptFact[], manager: EntityManager): Promise<void> {
    await manager.query(
      `INSERT INTO last_start (name, digest, value) SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[])
       ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, value = excluded.value`,
      [facts.map(({ name }) => name), facts.map(({ digest }) => digest), facts.map(({ value }) => value)],
    );
  }

  /** The names of all migrations that were applied, the oldest first. */
  async migrations(manager: EntityManager): Promise<string[]> {
    const rows = await manager.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
    return rows.map(({ name }) => name);
  }
}
