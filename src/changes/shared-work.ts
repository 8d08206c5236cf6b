import type { EntityManager } from 'typeorm';
import { DomainError } from '../common/errors/domain-error.js';
import type { Change, Verifiers } from './change.js';

/** One of the changes of a kind that share a transaction, its author proven. */
export interface SharedItem<Input> {
  readonly input: Input;
  readonly change: Change;
}

/** A kind of change that is made for many in one transaction, by statements that they share. */
export interface SharedWork<Input, Result> {
  /** As for `Changes.make`. */
  readonly verifiers: Verifiers;

  /**
   * What no two in one transaction may touch, `token:` and an id for a token that may be good for nothing afterwards. Nobody
   * acts with such a token in the same transaction either.
   */
  claims(input: Input): readonly string[];

  /**
   * Makes the changes and records them. For each its result, or why it is refused: then nothing was written for it.
   * Rejects with the driver's error, and all of it is given up.
   */
  run(items: readonly SharedItem<Input>[], manager: EntityManager): Promise<(Result | DomainError)[]>;
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
