import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PeriodicService } from '../common/periodic-task.js';

const FORGET_MS = 600_000;

/** What is good for one use, by whichever process: attempts to sign in, and tokens that sign people out. */
@Injectable()
export class UsedOnceRepository extends PeriodicService {
  constructor(private readonly dataSource: DataSource) {
    super(FORGET_MS, 'SignIn', 'Used attempts that have expired could not be deleted; it will be retried.');
  }

  /**
   * @param name of it, among all that are used once
   * @param seconds after which it is refused in another way
   * @returns whether this is the first use
   */
  async use(name: string, seconds: number): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `INSERT INTO used_once (digest, expires_at) VALUES ($1, now() + make_interval(secs => $2))
       ON CONFLICT DO NOTHING RETURNING true AS first`,
      [hash('sha256', name, 'buffer'), seconds],
    );
    return rows.length === 1;
  }

  /**
   * Begins a use that may fail, for at most `seconds`: used up by `note`, and free again after that time, or by `giveUp`.
   * @returns whether nobody else has used it, or is about to
   */
  async begin(name: string, seconds: number): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `INSERT INTO used_once AS u (digest, expires_at) VALUES ($1, now() + make_interval(secs => $2))
       ON CONFLICT (digest) DO UPDATE SET expires_at = excluded.expires_at WHERE u.expires_at <= now() RETURNING true AS first`,
      [hash('sha256', name, 'buffer'), seconds],
    );
    return rows.length === 1;
  }

  /** What was begun has not been done. */
  async giveUp(name: string): Promise<void> {
    await this.dataSource.query('DELETE FROM used_once WHERE digest = $1', [hash('sha256', name, 'buffer')]);
  }

  /** Whether it was used, and has not been forgotten since. */
  async wasUsed(name: string): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query('SELECT FROM used_once WHERE digest = $1', [
      hash('sha256', name, 'buffer'),
    ]);
    return rows.length === 1;
  }

  /** Notes for `seconds` that something happened just now; what is noted under that name already is superseded. */
  async note(name: string, seconds: number): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO used_once (digest, expires_at) VALUES ($1, now() + make_interval(secs => $2))
       ON CONFLICT (digest) DO UPDATE SET expires_at = greatest(used_once.expires_at, excluded.expires_at)`,
      [hash('sha256', name, 'buffer'), seconds],
    );
  }

  /**
   * Whether one of these was noted, each for `seconds`, at the moment `sinceMs` of the database or after it, and has not been
   * forgotten since.
   */
  async wasNotedSince(names: readonly string[], sinceMs: number, seconds: number): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `SELECT FROM used_once WHERE digest = ANY ($1) AND expires_at >= to_timestamp($2::double precision / 1000) + make_interval(secs => $3)`,
      [names.map((name) => hash('sha256', name, 'buffer')), sinceMs, seconds],
    );
    return rows.length > 0;
  }

  /** Uses used_once_expires_at_idx. */
  override async round(): Promise<void> {
    await this.dataSource.query('DELETE FROM used_once WHERE expires_at < now()');
  }
}
