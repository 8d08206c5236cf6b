import type { Prepared } from '../../database/prepared.js';

export interface AppendedRow {
  transaction_id: string;
}

/**
 * Appends the events given as JSON in $4 to the logs $1, of which log $1[i] takes $2[i] and its head gets the MAC $3[i]. The
 * function writes what the service has no privilege to write. The caller has hashed the events with the sequence numbers and the
 * time that it expects; unless those are the next ones, and of this transaction, it fails.
 */
export const APPEND_EVENTS: Prepared = {
  name: 'audit_append',
  text: 'SELECT audit_append($1::uuid[], $2::bigint[], $3::bytea[], $4::json) AS transaction_id',
};
