import type { AuditContext } from '../../audit/trail/audit-draft.js';
import type { RevokedRow } from '../revoke-tokens.sql.js';

/** One token to be revoked. */
export interface RevocationRequest {
  /** null: one of the platform's own. */
  businessId: string | null;
  tokenId: string;
  author: AuditContext;
  reason: string | null;
}

/** What the transaction made of it; for a token that was revoked before, that revocation's facts. */
export interface CommittedRevocation {
  row: RevokedRow;
  first: boolean;
  /** How many this request revoked, graces included. */
  tokensRevoked: number;
  auditSequence: number | null;
  transactionId: string;
}

/** Somebody who waits for a revocation to be committed. `null`: there is no such token to revoke. */
export interface PendingRevocation extends RevocationRequest {
  resolve(marked: CommittedRevocation | null): void;
  reject(error: unknown): void;
}
