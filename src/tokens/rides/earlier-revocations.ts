import { queryPreparedOn, type Session } from '../../database/prepared.js';
import type { Fare, Marked } from './passenger.js';
import { FIND_REVOKED, type EarlierRow } from './ride.sql.js';

/** For each of the tokens the facts of its revocation; null: it is not revoked, or does not exist. */
export async function findEarlierRevocations(
  session: Session,
  tokens: readonly Pick<Fare, 'businessId' | 'tokenId'>[],
): Promise<(Marked | null)[]> {
  const rows = await queryPreparedOn<EarlierRow>(session, FIND_REVOKED, [
    tokens.map(({ businessId }) => businessId),
    tokens.map(({ tokenId }) => tokenId),
  ]);
  const found = Array<Marked | null>(tokens.length).fill(null);
  for (const row of rows) {
    const auditSequence = row.audit_sequence === null ? null : Number(row.audit_sequence);
    found[row.seat - 1] = {
      row,
      first: false,
      tokensRevoked: 0,
      auditSequence,
      transactionId: row.transaction_id,
    };
  }
  return found;
}
