// @ts-check
import { copyRows } from '../lib/copy.mjs';
import { root } from '../lib/prerequisites.mjs';

/**
 * The stored trees over the logs, as sealing leaves them: grown by the service's own code, so that checkpoints and
 * proofs of a filled database verify.
 * @param seals makes what binds a tree to the signing key
 * @param heads makes what binds how far a log has grown
 */
export async function treeFiller(session, seals, heads) {
  const { growTree, tileKey } = await import(`${root}/dist/audit/sealing/tree-growth.js`);
  const { EMPTY_ROOT } = await import(`${root}/dist/log-format/transparency/merkle-tree.js`);

  /** How far a log and its tree have grown, and the leaves between them. */
  async function stateOf(businessId) {
    const one = async (text) => (await session.query(text, [businessId])).rows;
    const [head] = await one('SELECT size FROM audit_heads WHERE business_id = $1');
    const [tree] = await one('SELECT size, root FROM audit_trees WHERE business_id = $1');
    const tiles = await one(
      `SELECT level, number, string_agg(hashes, ''::bytea ORDER BY start) AS hashes FROM audit_tiles
       WHERE business_id = $1 GROUP BY level, number HAVING sum(length(hashes)) < 8192`,
    );
    const size = Number(tree?.size ?? 0);
    const unsealed = (await session.query(
      'SELECT leaf_hash FROM audit_events WHERE business_id = $1 AND sequence > $2 ORDER BY sequence', [businessId, size],
    )).rows.map((row) => row.leaf_hash); // prettier-ignore
    return {
      head: Number(head?.size ?? 0),
      tree: { size, root: tree?.root ?? EMPTY_ROOT },
      edge: new Map(tiles.map(({ level, number, hashes }) => [tileKey({ level, index: Number(number) }), hashes])),
      unsealed,
    };
  } // prettier-ignore

  /** Takes `leaves`, which follow what the log had, into its tree and its head. @param state from `stateOf` */
  async function grow(businessId, { tree, edge, unsealed }, leaves) {
    const growth = await growTree(tree, edge, [...unsealed, ...leaves]);
    if (growth === null) throw new Error(`the stored tree of ${businessId} is not the sealed one`);
    const full = growth.parts.filter(({ isFull }) => isFull);
    await session.query(
      `DELETE FROM audit_tiles t USING unnest($2::smallint[], $3::bigint[]) AS closed(level, number)
       WHERE t.business_id = $1 AND t.level = closed.level AND t.number = closed.number`,
      [businessId, full.map(({ level }) => level), full.map(({ number }) => number)],
    );
    const bytes = (hash) => `\\x${Buffer.from(hash).toString('hex')}`;
    await copyRows(session, 'audit_tiles', ['business_id', 'level', 'number', 'start', 'hashes'], growth.parts.map(
      ({ level, number, start, hashes }) => [businessId, level, number, start, bytes(hashes)],
    )); // prettier-ignore
    for (const { table, columns, names, values } of [
      {
        table: 'audit_trees',
        columns: 'size = excluded.size, root = excluded.root, seal = excluded.seal',
        names: 'business_id, size, root, seal',
        values: [
          growth.size,
          growth.root,
          seals.sealOf({ logId: businessId, size: growth.size, root: growth.root }),
        ],
      },
      {
        table: 'audit_heads',
        columns: 'size = excluded.size, mac = excluded.mac',
        names: 'business_id, size, mac',
        values: [growth.size, heads.macOf(businessId, growth.size)],
      },
    ]) {
      const places = values.map((_, index) => `$${index + 2}`).join(', ');
      await session.query(
        `INSERT INTO ${table} (${names}) VALUES ($1, ${places}) ON CONFLICT (business_id) DO UPDATE SET ${columns}`,
        [businessId, ...values],
      );
    }
  }

  return { stateOf, grow };
}
