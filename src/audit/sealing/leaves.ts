import { eventOf, type StoredEvent } from '../reading/stored-event.js';
import { canonicalEvent } from '../transparency/canonical-json.js';
import { leafHash } from '../transparency/merkle-tree.js';
import type { SealingFault } from './sealing-faults.js';

/**
 * Stands in the tree for an event that was gone before it could be sealed: the hash of the empty entry, which no
 * event has. Exports show its sequence as missing for ever.
 */
export const LOST_LEAF: Buffer = leafHash('');

/**
 * The leaves of the sequences from..to: as written in the transaction of the change, and compared with what the
 * row says now, so that a row that was changed in between is noticed.
 * @param rows in order of their sequence
 */
export function leavesOf(
  rows: readonly StoredEvent[],
  from: number,
  to: number,
  alarm: (fault: SealingFault, sequence: number) => void,
): Buffer[] {
  const bySequence = new Map<number, StoredEvent>();
  for (const row of rows) {
    const sequence = Number(row.sequence);
    if (bySequence.has(sequence)) alarm('event_doubled', sequence);
    else bySequence.set(sequence, row);
  }
  const leaves: Buffer[] = [];
  for (let sequence = from; sequence <= to; sequence += 1) {
    const row = bySequence.get(sequence);
    if (row === undefined) alarm('event_removed', sequence);
    else if (!isAsWritten(row)) alarm('event_changed', sequence);
    leaves.push(row?.leaf_hash.length === 32 ? row.leaf_hash : LOST_LEAF);
  }
  return leaves;
}

function isAsWritten(row: StoredEvent): boolean {
  try {
    return leafHash(canonicalEvent(eventOf(row))).equals(row.leaf_hash);
  } catch {
    return false;
  }
}
