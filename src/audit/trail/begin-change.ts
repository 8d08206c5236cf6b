import { type DomainError, refusal } from '../../common/errors/domain-error.js';
import { queryPreparedOn, type Prepared, type Session } from '../../database/prepared.js';
import type { ActorProof } from './audit-draft.js';
import { holdLogs } from './held-logs.js';

const BEGIN_CHANGE: Prepared = {
  name: 'change_begin',
  text: 'SELECT transaction_id, refusals, held_logs, held_sizes, held_macs, moment FROM change_begin($1::uuid[], $2::uuid[], $3::text[])',
};

/** The same, and until the transaction ends no lock is waited for longer than $4. What the function is given is known after that is set. */
const BEGIN_CHANGE_WITHIN: Prepared = {
  name: 'change_begin_within',
  text: `SELECT transaction_id, refusals, held_logs, held_sizes, held_macs, moment
FROM (SELECT set_config('lock_timeout', $4, true) AS limited OFFSET 0) s
  CROSS JOIN LATERAL change_begin(CASE WHEN s.limited IS NOT NULL THEN $1::uuid[] END, $2::uuid[], $3::text[])`,
};

interface BegunChange {
  /** For the barrier. */
  transactionId: string;
  /** For each proof: the refusal for its actor; null: it may act. */
  refusals: (DomainError | null)[];
}

interface BeginRow {
  transaction_id: string;
  refusals: (string | null)[] | null;
  held_logs: string[];
  held_sizes: string[];
  /** Hexadecimal. */
  held_macs: (string | null)[];
  moment: Date;
}

/**
 * The first statement of every transaction that changes something: locks `logs` until the transaction ends, and checks
 * the actors after that. No event of a token follows its revocation in a log, because each of the two waits for the
 * other.
 * @param logs business ids, or PLATFORM_LOG, each once
 * @param proofs null: no actor to check
 * @param lockTimeoutMs how long a lock is waited for until the transaction ends; undefined: as the session is configured
 */
export async function beginChange(
  session: Session,
  logs: readonly string[],
  proofs: readonly (ActorProof | null)[],
  lockTimeoutMs?: number,
): Promise<BegunChange> {
  const values = [
    logs,
    proofs.map((proof) => proof?.tokenId ?? null),
    proofs.map((proof) => proof?.authority ?? null),
  ];
  const [row] = await (lockTimeoutMs === undefined
    ? queryPreparedOn<BeginRow>(session, BEGIN_CHANGE, values)
    : queryPreparedOn<BeginRow>(session, BEGIN_CHANGE_WITHIN, [...values, `${lockTimeoutMs}ms`]));
  if (row === undefined) throw new Error('the change did not begin');
  const { transaction_id: transactionId, moment } = row;
  const sizes = new Map(row.held_logs.map((log, i) => [log, Number(row.held_sizes[i])]));
  const macs = new Map(row.held_logs.map((log, i) => [log, bytesOf(row.held_macs[i] ?? null)]));
  holdLogs(session, { transactionId, moment, sizes, macs });
  return { transactionId, refusals: (row.refusals ?? []).map(refusalOf) };
}

const LOCK_EVERY_LOG: Prepared = { name: 'audit_lock_every_log', text: 'SELECT audit_lock_every_log()' };

/**
 * For a change that concerns every business, as its very first statement: waits for the changes in progress in every
 * log, and makes all others wait until the transaction ends.
 */
export async function lockEveryLog(session: Session): Promise<void> {
  await queryPreparedOn(session, LOCK_EVERY_LOG, []);
}

function bytesOf(hexadecimal: string | null): Buffer | null {
  return hexadecimal === null ? null : Buffer.from(hexadecimal, 'hex');
}

function refusalOf(reason: string | null): DomainError | null {
  if (reason === null) return null;
  return reason === 'demoted'
    ? refusal('permission.denied')
    : refusal('authentication.invalid', { details: { failure: reason } });
}
