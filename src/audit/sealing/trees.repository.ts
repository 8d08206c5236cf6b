import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EVENT_COLUMNS, type StoredEvent } from '../reading/stored-event.js';
import { EMPTY_ROOT } from '../transparency/merkle-tree.js';
import { edgeTiles, type TileReader } from '../transparency/tiles.js';
import { tileKey, type Growth } from './tree-growth.js';

/** The sealed part of a log. */
export interface Tree {
  logId: string;
  size: number;
  root: Buffer;
}

interface TileRow {
  business_id: string;
  level: number;
  number: string;
  hashes: Buffer;
}

const READ_TILES = `
SELECT t.business_id, t.level, t.number, string_agg(t.hashes, ''::bytea ORDER BY t.start) AS hashes
FROM unnest($1::uuid[], $2::smallint[], $3::bigint[]) AS wanted(log, level, number)
JOIN audit_tiles t ON t.business_id = wanted.log AND t.level = wanted.level AND t.number = wanted.number
GROUP BY t.business_id, t.level, t.number`;

/** Rows of audit_trees and audit_tiles, and of the events that are not sealed yet. */
@Injectable()
export class TreesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The sealed trees of some logs and how far each log has grown meanwhile. */
  async states(logIds: readonly string[]): Promise<Map<string, Tree & { head: number }>> {
    const rows = await this.dataSource.query<
      { business_id: string; head: string; size: string | null; root: Buffer | null }[]
    >(
      `SELECT h.business_id, h.size AS head, t.size, t.root FROM audit_heads h LEFT JOIN audit_trees t USING (business_id)
       WHERE h.business_id = ANY($1::uuid[])`,
      [logIds],
    );
    return new Map(
      rows.map(({ business_id: logId, head, size, root }) => [
        logId,
        { logId, head: Number(head), size: Number(size ?? 0), root: root ?? EMPTY_ROOT },
      ]),
    );
  }

  /** Logs with events that are not sealed, but for those named; at most `count`. */
  async unsealed(except: readonly string[], count: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ business_id: string }[]>(
      `SELECT h.business_id FROM audit_heads h LEFT JOIN audit_trees t USING (business_id)
       WHERE h.size > coalesce(t.size, 0) AND h.business_id <> ALL($1::uuid[]) LIMIT $2`,
      [except, count],
    );
    return rows.map(({ business_id }) => business_id);
  }

  /** Trees that grew at this moment or later. Reads all of the small table audit_trees. */
  async sealedSince(moment: Date): Promise<(Tree & { sealedAt: Date })[]> {
    const rows = await this.dataSource.query<
      { business_id: string; size: string; root: Buffer; sealed_at: Date }[]
    >('SELECT business_id, size, root, sealed_at FROM audit_trees WHERE size > 0 AND sealed_at >= $1', [
      moment.toISOString(),
    ]);
    return rows.map((row) => ({
      logId: row.business_id,
      size: Number(row.size),
      root: row.root,
      sealedAt: row.sealed_at,
    }));
  }

  /** Locks the trees until the transaction ends; a log that has none yet gets the empty one. */
  async lock(logIds: readonly string[], manager: EntityManager): Promise<Tree[]> {
    await manager.query(
      `INSERT INTO audit_trees (business_id, size, root) SELECT id, 0, $2 FROM unnest($1::uuid[]) AS new(id)
       ORDER BY id ON CONFLICT DO NOTHING`,
      [logIds, EMPTY_ROOT],
    );
    const rows = await manager.query<{ business_id: string; size: string; root: Buffer }[]>(
      `SELECT business_id, size, root FROM audit_trees WHERE business_id = ANY($1::uuid[]) ORDER BY business_id FOR UPDATE`,
      [logIds],
    );
    return rows.map((row) => ({ logId: row.business_id, size: Number(row.size), root: row.root }));
  }

  /** How far the logs have grown. To be read before their events: what it counts is then visible to that. */
  async heads(logIds: readonly string[], manager: EntityManager): Promise<Map<string, number>> {
    const rows = await manager.query<{ business_id: string; size: string }[]>(
      'SELECT business_id, size FROM audit_heads WHERE business_id = ANY($1::uuid[])',
      [logIds],
    );
    return new Map(rows.map(({ business_id, size }) => [business_id, Number(size)]));
  }

  /** Events of several logs, each from..to, in order. By the primary key. */
  async events(
    ranges: readonly { logId: string; from: number; to: number }[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<Map<string, StoredEvent[]>> {
    const rows = await manager.query<StoredEvent[]>(
      `SELECT e.* FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS wanted(log, low, high) CROSS JOIN LATERAL (
         SELECT ${EVENT_COLUMNS} FROM audit_events e
         WHERE e.business_id = wanted.log AND e.sequence >= wanted.low AND e.sequence <= wanted.high ORDER BY e.sequence) e`,
      [ranges.map(({ logId }) => logId), ranges.map(({ from }) => from), ranges.map(({ to }) => to)],
    );
    const byLog = new Map<string, StoredEvent[]>(ranges.map(({ logId }) => [logId, []]));
    for (const row of rows) byLog.get(row.business_id)?.push(row);
    return byLog;
  }

  /** The unfinished tiles of each tree, by {@link tileKey}. */
  async edges(trees: readonly Tree[], manager: EntityManager): Promise<Map<string, Map<string, Buffer>>> {
    const wanted = trees.flatMap(({ logId, size }) =>
      edgeTiles(size).flatMap((tile) => (tile === null ? [] : [{ logId, ...tile }])),
    );
    const rows = await manager.query<TileRow[]>(READ_TILES, [
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
  tilesOf(logId: string): TileReader {
    return async (tiles) => {
      const rows = await this.dataSource.query<TileRow[]>(READ_TILES, [
        tiles.map(() => logId),
        tiles.map(({ level }) => level),
        tiles.map(({ index }) => index),
      ]);
      const byKey = new Map(
        rows.map((row) => [tileKey({ level: row.level, index: Number(row.number) }), row.hashes]),
      );
      return tiles.map((tile) => byKey.get(tileKey(tile)) ?? Buffer.alloc(0));
    };
  }

  /** Stores what grew, in the transaction that holds the locks. */
  async store(grown: readonly (Growth & { logId: string })[], manager: EntityManager): Promise<void> {
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
          `INSERT INTO audit_tiles (business_id, level, number, hashes, start)
           SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bytea[], $5::smallint[])`,
          [...columns, these.map(({ start }) => start)],
        );
      }
    }
    await manager.query(
      `UPDATE audit_trees t SET size = g.size, root = g.root, sealed_at = now()
       FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS g(log, size, root) WHERE t.business_id = g.log`,
      [grown.map(({ logId }) => logId), grown.map(({ size }) => size), grown.map(({ root }) => root)],
    );
  }
}
