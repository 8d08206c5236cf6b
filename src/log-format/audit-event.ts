import type { AuditAction, AuditDetails } from './audit-action.js';

/** Who did it. `anonymous` is a caller whose credential did not verify; `system` is Rescind itself. */
export interface AuditActor {
  kind: 'user' | 'identity' | 'platform' | 'anonymous' | 'system';
  id: string | null;
  /**
   * The e-mail address of a user. For the platform: the person to whom the presented token was issued, by e-mail or
   * name.
   */
  email: string | null;
  token_id: string | null;
}

/** What it was done to. */
export interface AuditTarget {
  kind: 'token' | 'member' | 'group' | 'identity' | 'business' | 'revocation' | 'audit' | 'route' | 'service';
  id: string | null;
}

export type AuditOutcome = 'success' | 'denied' | 'failure';

/**
 * One line of the append-only log of a business, as exported, hashed and proven: the leaf of the log's
 * Merkle tree is the SHA-256 of 0x00 and the RFC 8785 canonical JSON of exactly these members.
 */
export interface AuditEvent {
  action: AuditAction;
  actor: AuditActor;
  /** null: the log of the platform itself. */
  business_id: string | null;
  details: AuditDetails;
  /** UUIDv7. */
  id: string;
  ip: string | null;
  /** UTC with milliseconds, database time: `2026-01-31T12:00:00.000Z`. */
  occurred_at: string;
  outcome: AuditOutcome;
  reason: string | null;
  request_id: string | null;
  /** From 1, without gaps within the business; the leaf index in the tree is `sequence - 1`. */
  sequence: number;
  target: AuditTarget;
  user_agent: string | null;
}
