import { DomainError } from '../../common/errors/domain-error.js';
import { queryPreparedOn, type Prepared, type Session } from '../../database/prepared.js';
import type { ActorProof } from './audit-draft.js';

const BEGIN_CHANGE: Prepared = {
  name: 'change_begin',
  text: 'SELECT transaction_id, refusals FROM change_begin($1::uuid[], $2::uuid[], $3::text[])',
};

export interface BegunChange {
  /** For the barrier. */
  transactionId: string;
  /** For each proof: what its actor is to be told; null: it may act. */
  refusals: (DomainError | null)[];
}

/**
 * The first statement of every transaction that changes something: locks `logs` until the transaction ends and looks
 * at the actors after that. No event of a token follows its revocation in a log, since either waits for the other.
 * @param logs business ids, or PLATFORM_LOG, each once
 * @param proofs null: nobody to look at
 */
export async function beginChange(
  session: Session,
  logs: readonly string[],
  proofs: readonly (ActorProof | null)[],
): Promise<BegunChange> {
  const [row] = await queryPreparedOn<{ transaction_id: string; refusals: (string | null)[] | null }>(
    session,
    BEGIN_CHANGE,
    [logs, proofs.map((proof) => proof?.tokenId ?? null), proofs.map((proof) => proof?.authority ?? null)],
  );
  if (row === undefined) throw new Error('the change did not begin');
  return { transactionId: row.transaction_id, refusals: (row.refusals ?? []).map(refusalOf) };
}

function refusalOf(reason: string | null): DomainError | null {
  if (reason === null) return null;
  return reason === 'demoted'
    ? new DomainError('permission.denied', 'Not enough permissions')
    : new DomainError('authentication.invalid', 'Not authenticated', { details: { failure: reason } });
}
