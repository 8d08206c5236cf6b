import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { storedTree, type StoredTree, type TreeRow } from '../sealing/trees.repository.js';

/** Where a checkpoint of a log was anchored. */
export interface StoredAnchor {
  size: number;
  /** Of the event in the platform's log. */
  sequence: number;
  leafIndex: number;
  path: Buffer;
}

/** A log that has not grown is anchored anew before retention can have dropped the event that anchors it. */
const RENEWED_AFTER = '14 days';

/** Rows of audit_anchors: of each log the latest. */
@Injectable()
export class AnchorsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async ofLog(logId: string): Promise<StoredAnchor | null> {
    const [row] = await inBusiness(this.dataSource, logId, (manager) =>
      manager.query<{ size: string; sequence: string; leaf_index: number; path: Buffer }[]>(
        'SELECT size, sequence, leaf_index, path FROM audit_anchors WHERE business_id = $1',
        [logId],
      ),
    );
    if (row === undefined) return null;
    const { size, sequence, leaf_index: leafIndex, path } = row;
    return { size: Number(size), sequence: Number(sequence), leafIndex, path };
  }

  /** Sealed logs of businesses whose latest checkpoint is not anchored, from one on, in order. Reads all of two small tables. */
  async due(from: string, count: number, manager: EntityManager): Promise<StoredTree[]> {
    const rows = await manager.query<TreeRow[]>(
      `SELECT t.business_id, t.size, t.root, t.seal FROM audit_trees t LEFT JOIN audit_anchors a USING (business_id)
       WHERE t.size > 0 AND t.business_id > $1 AND t.business_id <> $2
         AND (a.size IS DISTINCT FROM t.size OR a.anchored_at < now() - interval '${RENEWED_AFTER}')
       ORDER BY t.business_id LIMIT $3`,
      [from, PLATFORM_LOG, count],
    );
    return rows.map(storedTree);
  }

  /** To be called in the change that records the event of that sequence. */
  async store(
    anchors: readonly { logId: string; size: number; path: Buffer }[],
    sequence: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO audit_anchors AS a (business_id, size, sequence, leaf_index, path, anchored_at)
       SELECT n.log, n.size, $4, n.number - 1, n.path, now()
       FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS n (log, size, path, number)
       ON CONFLICT (business_id) DO UPDATE SET size = excluded.size, sequence = excluded.sequence,
         leaf_index = excluded.leaf_index, path = excluded.path, anchored_at = excluded.anchored_at`,
      [
        anchors.map(({ logId }) => logId),
        anchors.map(({ size }) => size),
        anchors.map(({ path }) => path),
        sequence,
      ],
    );
  }
}
