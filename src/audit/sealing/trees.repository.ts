import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { poolOf, queryPreparedOn, type Prepared } from '../../database/prepared.js';
import { acrossBusinesses, EVERY_BUSINESS } from '../../database/row-access.js';
import { EMPTY_ROOT } from '../../log-format/transparency/merkle-tree.js';
import { edgeTiles, type TileReader } from '../../log-format/transparency/tiles.js';
import { tileKey, type Growth } from './tree-growth.js';

/** The sealed part of a log. */
export interface Tree {
  logId: string;
  size: number;
  root: Buffer;
}

/** As a row says, whoever wrote it. */
export interface StoredTree extends Tree {
  /** See {@link TreeSeals}; null: none. */
  seal: Buffer | null;
}

/** One that may be signed: see {@link TreeTrust}. */
export interface TrustedTree extends Tree {
  readonly isTrusted: true;
}

export interface TreeRow {
  business_id: string;
  size: string;
  root: Buffer;
  seal: Buffer | null;
}

interface TileRow {
  business_id: string;
  level: number;
  number: string;
  hashes: Buffer;
}

const READ_TILES: Prepared = {
  name: 'audit_read_tiles',
  text: `
SELECT t.business_id, t.level, t.number, string_agg(t.hashes, ''::bytea ORDER BY t.start) AS hashes
FROM unnest($1::uuid[], $2::smallint[], $3::bigint[]) AS wanted(log, level, number)
JOIN audit_tiles t ON t.business_id = wanted.log AND t.level = wanted.level AND t.number = wanted.number
GROUP BY t.business_id, t.level, t.number`,
};

const READ_STATES: Prepared = {
  name: 'audit_tree_states',
  rowAccess: EVERY_BUSINESS,
  text: `
SELECT h.business_id, h.size AS head, t.size, t.root, t.seal FROM audit_heads h LEFT JOIN audit_trees t USING (business_id)
WHERE h.business_id = ANY($1::uuid[])`,
};

const unsealed = (name: string, behind: string): Prepared => ({
  name,
  rowAccess: EVERY_BUSINESS,
  text: `
SELECT h.business_id FROM audit_heads h LEFT JOIN audit_trees t ON t.business_id = h.business_id${behind.replaceAll('l.', ' AND t.')}
WHERE h.size > coalesce(t.size, 0)${behind.replaceAll('l.', ' AND h.')} ORDER BY h.business_id LIMIT $1`,
});
const FIRST_UNSEALED = unsealed('audit_first_unsealed', '');
/** Both tables from there: the planner does not conclude the one from the other. */
const NEXT_UNSEALED = unsealed('audit_next_unsealed', 'l.business_id > $2::uuid');

/** Rows of audit_trees and audit_tiles. */
@Injectable()
export class TreesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The sealed trees of some logs and how far each log has grown meanwhile. */
  async states(logIds: readonly string[]): Promise<Map<string, StoredTree & { head: number }>> {
    const rows = await queryPreparedOn<{
      business_id: string;
      head: string;
      size: string | null;
      root: Buffer | null;
      seal: Buffer | null;
    }>(poolOf(this.dataSource), READ_STATES, [logIds]);
    return new Map(
      rows.map(({ business_id: logId, head, size, root, seal }) => [
        logId,
        { logId, head: Number(head), size: Number(size ?? 0), root: root ?? EMPTY_ROOT, seal },
      ]),
    );
  }

  /**
   * Logs with events that are not sealed, after one (null: from the first), in their order; at most `count`. By the primary
   * keys, so that a walk through all logs reads each row once.
   */
  async unsealed(after: string | null, count: number): Promise<string[]> {
    const rows = await queryPreparedOn<{ business_id: string }>(
      poolOf(this.dataSource),
      after === null ? FIRST_UNSEALED : NEXT_UNSEALED,
      after === null ? [count] : [count, after],
    );
    return rows.map(({ business_id }) => business_id);
  }

  /** Trees that grew at this moment or later. Reads all of the small table audit_trees. */
  async sealedSince(moment: Date): Promise<(StoredTree & { sealedAt: Date })[]> {
    const rows = await this.read<TreeRow & { sealed_at: Date }>(
      'SELECT business_id, size, root, seal, sealed_at FROM audit_trees WHERE size > 0 AND sealed_at >= $1',
      [moment.toISOString()],
    );
    return rows.map((row) => ({ ...storedTree(row), sealedAt: row.sealed_at }));
  }

  /** The moment before which rows of an earlier version were written, while their adoption is due; null: it is not. */
  async adoptedBefore(): Promise<number | null> {
    const [row] = await this.read<{ due_since: Date }>(
      'SELECT due_since FROM adoption WHERE adopted_at IS NULL',
      [],
    );
    return row?.due_since.getTime() ?? null;
  }

  /** Trees that carry no seal, but for those named. */
  async withoutSeal(except: readonly string[], count: number): Promise<Tree[]> {
    const rows = await this.read<TreeRow>(
      `SELECT business_id, size, root, seal FROM audit_trees
       WHERE seal IS NULL AND size > 0 AND business_id <> ALL($1::uuid[]) LIMIT $2`,
      [except, count],
    );
    return rows.map(storedTree);
  }

  /** Seals a tree as it is, unless it has grown meanwhile. */
  async adopt({ logId, size, root }: Tree, seal: Buffer): Promise<void> {
    await this.read('SELECT audit_adopt_tree($1, $2, $3, $4)', [logId, size, root, seal]);
  }

  /** Heads that carry no MAC. */
  async headsWithoutMac(count: number): Promise<{ logId: string; size: number }[]> {
    const rows = await this.read<{ business_id: string; size: string }>(
      'SELECT business_id, size FROM audit_heads WHERE mac IS NULL AND size > 0 LIMIT $1',
      [count],
    );
    return rows.map(({ business_id, size }) => ({ logId: business_id, size: Number(size) }));
  }

  /** Gives a head its MAC, unless the log has grown meanwhile. */
  async adoptHead({ logId, size }: { logId: string; size: number }, mac: Buffer): Promise<void> {
    await this.read('SELECT audit_adopt_head($1, $2, $3)', [logId, size, mac]);
  }

  /** Some trees, from one log on, in order of the logs. By the primary key. */
  async treesFrom(logId: string, count: number, manager: EntityManager): Promise<StoredTree[]> {
    const rows = await manager.query<TreeRow[]>(
      'SELECT business_id, size, root, seal FROM audit_trees WHERE business_id >= $1 ORDER BY business_id LIMIT $2',
      [logId, count],
    );
    return rows.map(storedTree);
  }

  /** Locks the trees until the transaction ends; a log that has none yet gets the empty one. */
  async lock(logIds: readonly string[], manager: EntityManager): Promise<StoredTree[]> {
    const rows = await manager.query<TreeRow[]>(
      'SELECT business_id, size, root, seal FROM audit_lock_trees($1::uuid[], $2)',
      [logIds, EMPTY_ROOT],
    );
    return rows.map(storedTree);
  }

  /** The unfinished tiles of each tree, by {@link tileKey}. */
  async edges(trees: readonly Tree[], manager: EntityManager): Promise<Map<string, Map<string, Buffer>>> {
    const wanted = trees.flatMap(({ logId, size }) =>
      edgeTiles(size).flatMap((tile) => (tile === null ? [] : [{ logId, ...tile }])),
    );
    const rows = await manager.query<TileRow[]>(READ_TILES.text, [
      wanted.map(({ logId }) => logId),
      wanted.map(({ level }) => level),
      wanted.map(({ index }) => index),
    ]);
    const byLog = new Map<string, Map<string, Buffer>>(trees.map(({ logId }) => [logId, new Map()]));
    for (const { business_id, level, number, hashes } of rows)
      byLog.get(business_id)?.set(tileKey({ level, index: Number(number) }), hashes);
    return byLog;
  }

  /** Reads the tiles of one log, in one query a call. */
  tilesOf(logId: string, manager?: EntityManager): TileReader {
    return async (tiles) => {
      const values = [
        tiles.map(() => logId),
        tiles.map(({ level }) => level),
        tiles.map(({ index }) => index),
      ];
      const rows =
        manager === undefined
          ? await queryPreparedOn<TileRow>(
              poolOf(this.dataSource),
              { ...READ_TILES, rowAccess: logId },
              values,
            )
          : await manager.query<TileRow[]>(READ_TILES.text, values);
      const byKey = new Map(
        rows.map((row) => [tileKey({ level: row.level, index: Number(row.number) }), row.hashes]),
      );
      return tiles.map((tile) => byKey.get(tileKey(tile)) ?? Buffer.alloc(0));
    };
  }

  /** Stores what grew, in the transaction that holds the locks. */
  async store(
    grown: readonly (Growth & { logId: string; seal: Buffer })[],
    manager: EntityManager,
  ): Promise<void> {
    const parts = grown.flatMap(({ logId, parts }) => parts.map((part) => ({ logId, ...part })));
    for (const isFull of [true, false]) {
      const these = parts.filter((part) => part.isFull === isFull);
      if (these.length === 0) continue;
      const columns = [
        these.map(({ logId }) => logId),
        these.map(({ level }) => level),
        these.map(({ number }) => number),
        these.map(({ hashes }) => Buffer.from(hashes)),
      ];
      if (isFull) {
        await manager.query(
          'SELECT audit_close_tiles($1::uuid[], $2::int[], $3::bigint[], $4::bytea[])',
          columns,
        );
      } else {
        await manager.query(
          'SELECT audit_add_to_tiles($1::uuid[], $2::int[], $3::bigint[], $4::bytea[], $5::int[])',
          [...columns, these.map(({ start }) => start)],
        );
      }
    }
    await manager.query('SELECT audit_grow_trees($1::uuid[], $2::bigint[], $3::bytea[], $4::bytea[])', [
      grown.map(({ logId }) => logId),
      grown.map(({ size }) => size),
      grown.map(({ root }) => root),
      grown.map(({ seal }) => seal),
    ]);
  }

  private read<Row>(statement: string, values: unknown[]): Promise<Row[]> {
    return acrossBusinesses(this.dataSource, (manager) => manager.query<Row[]>(statement, values));
  }
}

export function storedTree({ business_id, size, root, seal }: TreeRow): StoredTree {
  return { logId: business_id, size: Number(size), root, seal };
}
