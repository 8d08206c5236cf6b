import { setImmediate as othersFirst } from 'node:timers/promises';
import { eventOf, type StoredEvent } from '../trail/stored-event.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import type { EventMacs } from '../trail/event-macs.js';
import { leafHash } from '../../log-format/transparency/merkle-tree.js';
import type { IntegrityFault } from './integrity-faults.js';

/** Checking these takes the event loop a millisecond. */
export const EVENTS_A_TURN = 50;

/**
 * The leaves of the sequences from..to, up to the first event that is missing or that this service did not write. A
 * row whose content was changed keeps its leaf, and is named. The event loop is released again and again meanwhile.
 * @param rows in order of their sequence
 * @param believedBefore rows without a MAC, or with that of a key that is not available, are believed from before this moment;
 *   null: from none
 */
export async function leavesOf(
  rows: readonly StoredEvent[],
  { from, to }: { from: number; to: number },
  { macs, believedBefore }: { macs: EventMacs; believedBefore: number | null },
  alarm: (fault: IntegrityFault, sequence: number) => void,
): Promise<Buffer[]> {
  const bySequence = Map.groupBy(rows, ({ sequence }) => Number(sequence));
  const leaves: Buffer[] = [];
  for (let sequence = from; sequence <= to; sequence += 1) {
    if ((sequence - from) % EVENTS_A_TURN === EVENTS_A_TURN - 1) await othersFirst();
    const found = bySequence.get(sequence) ?? [];
    const own = found.filter((row) => isOwn(row, macs, believedBefore ?? 0));
    const written = own.find(isAsWritten);
    const row = written ?? own[0];
    if (row === undefined) {
      alarm(found.length === 0 ? 'event_removed' : 'event_forged', sequence);
      return leaves;
    }
    if (found.length > 1) alarm('event_doubled', sequence);
    if (written === undefined) alarm('event_changed', sequence);
    leaves.push(row.leaf_hash);
  }
  return leaves;
}

function isOwn(row: StoredEvent, macs: EventMacs, believedBefore: number): boolean {
  if (row.leaf_hash.length !== 32) return false;
  const judgement = macs.judge(row.business_id, Number(row.sequence), row.leaf_hash, row.mac);
  return (
    judgement === 'genuine' || (judgement === 'unknown_key' && row.occurred_at.getTime() < believedBefore)
  );
}

/** Whether the row says what was hashed. */
export function isAsWritten(row: StoredEvent): boolean {
  try {
    return leafHash(canonicalEvent(eventOf(row))).equals(row.leaf_hash);
  } catch {
    return false;
  }
}
