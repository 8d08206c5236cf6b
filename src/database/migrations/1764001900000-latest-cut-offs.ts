import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/**
 * The latest cut-off of a business is found by one entry of each index. That of the log has a condition that every row meets and
 * no other statement names, so that it serves no other: those that look for the cut-offs of one subject go along the
 * primary key.
 */
export class LatestCutOffs1764001900000 implements Migration {
  name = 'LatestCutOffs1764001900000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['members', 'identities'])
      await runner.query(
        `CREATE INDEX ${table}_cut_off_idx ON ${table} (business_id, not_before) WHERE not_before IS NOT NULL`,
      );
    await runner.query(
      'CREATE INDEX audit_cut_offs_latest_idx ON audit_cut_offs (business_id, not_before) WHERE sequence >= 0',
    );
  }
}
