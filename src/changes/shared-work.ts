import type { DataSource, EntityManager } from 'typeorm';
import { DomainError } from '../common/errors/domain-error.js';
import type { Change, Verifiers } from './change.js';

/** One of the changes of a kind that share a transaction, its author proven. */
export interface SharedItem<Input> {
  readonly input: Input;
  readonly change: Change;
}

/** For a change whose rows somebody holds: nothing was written for it, and it waits for them by itself. */
export const ROWS_HELD = Symbol('rows held');

/** A kind of change that is made for many in one transaction, by statements that they share. */
export interface SharedWork<Input, Result> {
  /** As for `Changes.make`. */
  readonly verifiers: Verifiers;
  /** Whose sessions it uses: those for what ends rights, which nothing else does, or those of all else. */
  readonly lane: 'ends' | 'others';
  /** Whether changes with the same claim may be in one transaction, where the first of them wins. */
  readonly firstWins?: boolean;

  /**
   * What no two in one transaction may touch, `token:` and an id for a token that may be good for nothing afterwards. Nobody
   * acts with such a token in the same transaction either.
   */
  claims(input: Input): readonly string[];

  /**
   * Waits for whoever holds the rows of a change, and holds none of them: before the log is locked, which all others of the
   * business would wait for as well. Left out: `run` waits for rows.
   */
  awaitRows?(input: Input, businessId: string | null, dataSource: DataSource): Promise<void>;

  /**
   * Makes the changes and records them; may be run again. For each its result, or why it is refused: then nothing was written
   * for it. Rejects with the driver's error, and all of it is given up.
   * @param mayWait whether it waits for rows that somebody holds, with `awaitRows`; else it says ROWS_HELD
   */
  run(
    items: readonly SharedItem<Input>[],
    manager: EntityManager,
    mayWait: boolean,
  ): Promise<(Result | DomainError | typeof ROWS_HELD)[]>;
}

export const claimOnToken = (tokenId: string): string => `token:${tokenId}`;

/** What `work` comes to, or the refusal that it throws. */
export async function orRefusal<Result>(work: () => Result | Promise<Result>): Promise<Result | DomainError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
