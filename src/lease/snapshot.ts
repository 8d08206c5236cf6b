/** A PostgreSQL transaction snapshot, as `pg_snapshot` prints it: `xmin:xmax:xip,xip,…`. */
export interface Snapshot {
  text: string;
  min: bigint;
  max: bigint;
  inProgress: ReadonlySet<bigint>;
}

export function parseSnapshot(text: string): Snapshot {
  const [min, max, list] = text.split(':');
  if (min === undefined || max === undefined || list === undefined)
    throw new Error('not a transaction snapshot');
  return {
    text,
    min: BigInt(min),
    max: BigInt(max),
    inProgress: new Set(list === '' ? [] : list.split(',').map(BigInt)),
  };
}

/** What `pg_visible_in_snapshot` says: true when `transaction` had ended by the time of the snapshot. */
export function isVisibleIn(transaction: bigint, snapshot: Snapshot): boolean {
  if (transaction < snapshot.min) return true;
  return transaction < snapshot.max && !snapshot.inProgress.has(transaction);
}
