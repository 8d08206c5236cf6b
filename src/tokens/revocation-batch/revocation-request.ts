import type { AuditContext } from '../../audit/trail/audit-draft.js';
import type { TokenKind } from '../token.entity.js';
import type { RevokedRow } from '../revoke-tokens.sql.js';

/** One token to be revoked. */
export interface RevocationRequest {
  /** null: one of the platform's own. */
  businessId: string | null;
  tokenId: string;
  /** Left out: an API token. There is no such token if it is of the other kind. */
  kind?: TokenKind;
  author: AuditContext;
  reason: string | null;
}

/** The result of the transaction; for a token that was revoked before, the facts of that revocation. */
export interface CommittedRevocation {
  row: RevokedRow;
  first: boolean;
  /** How many tokens this request revoked, including predecessors in their grace. */
  tokensRevoked: number;
  auditSequence: number | null;
  transactionId: string;
}

/** A request that waits for its revocation to be committed. `null`: there is no such token. */
export interface PendingRevocation extends RevocationRequest {
  resolve(marked: CommittedRevocation | null): void;
  reject(error: unknown): void;
}
