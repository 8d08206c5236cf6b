import { eventOf, type StoredEvent } from '../reading/stored-event.js';
import { businessIdOf } from '../sealing/checkpoint-notes.js';
import { canonicalEvent } from '../trail/canonical-event.js';
import { checkpointLine, eventLine, gapLine, headerLine, type GapReason } from './export-format.js';
import { readSubtrees } from '../transparency/proof-generation.js';
import { nodeReaderOf, type TileReader } from '../transparency/tiles.js';
import type { ExportPlan } from './export-plan.js';
import { readLeaves } from './leaf-reader.js';

/**
 * The verifiable export (see export-format.ts), in pieces of one batch each.
 * @param batches the matching events of the range in order
 */
export async function* ndjsonExport(
  plan: ExportPlan,
  batches: AsyncIterable<readonly StoredEvent[]>,
  readTiles: TileReader,
): AsyncGenerator<string> {
  const { tree, first, last } = plan;
  const gaps = new GapWriter(plan, readTiles);
  yield headerLine({
    rescind_export: 1,
    business_id: businessIdOf(tree.logId),
    origin: plan.origin,
    first_sequence: first,
    last_sequence: last,
    complete: plan.filterText === null,
    filter: plan.filterText,
    vkey: plan.vkey,
  });
  let next = 1;
  for await (const rows of batches) {
    const lines: string[] = [];
    const leaves = await readLeaves(
      readTiles,
      rows.map(({ sequence }) => Number(sequence)),
    );
    for (const [index, row] of rows.entries()) {
      const sequence = Number(row.sequence);
      // Behind the last one: somebody has put a second row there.
      if (sequence < next) continue;
      lines.push(...(await gaps.lines(next, sequence - 1)));
      lines.push(eventLine(canonicalEvent(eventOf(row)), leaves[index] as string));
      next = sequence + 1;
    }
    if (lines.length > 0) yield lines.join('');
  }
  yield [...(await gaps.lines(next, tree.size)), checkpointLine(plan.note)].join('');
}

/** Says why events are not shown. */
class GapWriter {
  private readonly read: ReturnType<typeof nodeReaderOf>;

  constructor(
    private readonly plan: ExportPlan,
    readTiles: TileReader,
  ) {
    this.read = nodeReaderOf(readTiles);
  }

  async lines(from: number, to: number): Promise<string[]> {
    const lines: string[] = [];
    for (let at = from; at <= to;) {
      const [reason, end] = this.reasonAt(at);
      const until = Math.min(end, to, this.splitAt(at));
      const subtrees = await readSubtrees(this.read, at - 1, until);
      lines.push(gapLine({ reason, from: at, to: until, subtrees }));
      at = until + 1;
    }
    return lines;
  }

  private splitAt(from: number): number {
    const { compareAt } = this.plan;
    return compareAt !== null && from <= compareAt ? compareAt : Infinity;
  }

  /** Why the event is not shown, and how far at most the same holds. */
  private reasonAt(sequence: number): [GapReason, number] {
    const { first, last, filterText, droppedThrough } = this.plan;
    if (sequence < first) return ['skipped', first - 1];
    if (sequence > last) return ['skipped', Infinity];
    if (filterText !== null) return ['skipped', last];
    return sequence <= droppedThrough ? ['dropped', Math.min(droppedThrough, last)] : ['missing', last];
  }
}
