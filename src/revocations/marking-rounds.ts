import type { DataSource } from 'typeorm';
import { DomainError } from '../common/errors/domain-error.js';
import { isLockTimeout } from '../common/errors/driver-error.js';
import { whileLeading } from '../database/leadership.js';

/** How often a process looks whether anything is due that nobody marks. */
export const MARKING_EVERY_MS = 1000;
/** Tokens of one transaction. Their log is held for as long as these take, some ten milliseconds: other changes of it wait. */
export const TOKENS_A_STEP = 250;

/** A set of tokens, or a cut-off, and in whose log its steps are recorded. */
interface Markable {
  id: string;
  businessId: string;
}

/** What is marked in steps. */
export interface Marking<Item extends Markable> {
  /** Some that are due, in a fixed order, after this one; null: the first. */
  after(last: Item | null): Promise<readonly Item[]>;
  /** @returns whether there may be another step at once; false: not in these rounds */
  step(item: Item): Promise<boolean>;
  /** Told of a step that failed, unless only because somebody holds a lock. */
  failed(error: unknown, item: Item): void;
}

/** Marks what is due, unless another process does: of all that are on one database, one at a time marks under this name. */
export async function markWhileLeading<Item extends Markable>(
  marking: Marking<Item>,
  dataSource: DataSource,
  name: string,
  stopped: AbortSignal,
): Promise<void> {
  if ((await marking.after(null)).length === 0) return;
  await whileLeading(dataSource, name, stopped, (over) => markInRounds(marking, over));
}

/**
 * Does one step of each that is due, round after round, until there is none to do or it is `over`. One whose step fails, and all
 * of a business whose log somebody holds, are left for the next time: others wait for that one step, once.
 * @throws whatever `after` throws
 */
export async function markInRounds<Item extends Markable>(
  marking: Marking<Item>,
  over: AbortSignal,
): Promise<void> {
  /** Ids of items, and of businesses. */
  const left = new Set<string>();
  for (let mayGoOn = true; mayGoOn;) {
    mayGoOn = false;
    for await (const item of everyDue(marking)) {
      if (over.aborted) return;
      if (left.has(item.id) || left.has(item.businessId)) continue;
      try {
        if (await marking.step(item)) mayGoOn = true;
        else left.add(item.id);
      } catch (error) {
        const isLogHeld = error instanceof DomainError && isLockTimeout(error.cause);
        left.add(isLogHeld ? item.businessId : item.id);
        if (!isLogHeld && !isLockTimeout(error)) marking.failed(error, item);
      }
    }
  }
}

async function* everyDue<Item extends Markable>(marking: Marking<Item>): AsyncGenerator<Item> {
  for (let last: Item | null = null; ;) {
    const items: readonly Item[] = await marking.after(last);
    yield* items;
    last = items.at(-1) ?? null;
    if (last === null) return;
  }
}
