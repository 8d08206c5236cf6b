import type { Session } from '../../database/prepared.js';

/** What a transaction knows about the logs that it has locked: the position and the time of the next event. */
export interface HeldLogs {
  transactionId: string;
  /** `now()` of the transaction: the time of all its events. */
  moment: Date;
  /** The last sequence of each log. */
  sizes: Map<string, number>;
  /** The MAC on the head of each, as the database has it; see HeadMacs. */
  macs: Map<string, Buffer | null>;
}

const held = new WeakMap<Session, HeldLogs>();

/** Stores what `session` has locked in its transaction, in addition to what it had locked in it before. */
export function holdLogs(session: Session, logs: HeldLogs): void {
  const before = held.get(session);
  if (before?.transactionId !== logs.transactionId) held.set(session, logs);
  else
    held.set(session, {
      ...logs,
      sizes: new Map([...before.sizes, ...logs.sizes]),
      macs: new Map([...before.macs, ...logs.macs]),
    });
}

/**
 * What `session` has locked. If its present transaction has not begun with a lock, this is from an earlier transaction:
 * whoever writes with it must compare with what the database wrote.
 */
export function heldLogs(session: Session): HeldLogs | undefined {
  return held.get(session);
}
