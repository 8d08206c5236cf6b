import { NIL as NIL_UUID } from 'uuid';
import type { AuditAction, AuditDetailsByAction } from '../../log-format/audit-action.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../../log-format/audit-event.js';

/** Where a request came from, as the log remembers it. */
export interface RequestFacts {
  /** Ours: no two requests have the same. */
  requestId: string | null;
  /** The request id that the caller sent, if any. */
  clientRequestId?: string | undefined;
  ip: string | null;
  userAgent: string | null;
  /** On whose behalf the caller says to act: a claim that nothing proves. */
  claimedUser?: string;
}

/** An event before the database has given it its sequence and its time. */
export interface AuditDraft<Action extends AuditAction = AuditAction> {
  /** null: the log of the platform itself. */
  businessId: string | null;
  actor: AuditActor;
  action: Action;
  target: AuditTarget;
  outcome?: AuditOutcome;
  reason?: string | null;
  request: RequestFacts;
  details: AuditDetailsByAction[Action];
}

/**
 * The authority with which an actor was let in. It is checked again in the transaction of the change (beginChange).
 */
export interface ActorProof {
  tokenId: string;
  /** The role of the token's owner, or `platform`. The change is refused if the role is lower by then. */
  authority: string;
}

/** Who acts, and from where. Every state change needs it for its audit event. */
export interface AuditContext {
  actor: AuditActor;
  /** null: the actor has no authority that could be revoked meanwhile, such as Rescind itself. */
  proof: ActorProof | null;
  /** What `revoked_by` says: the owner's e-mail, an identity's name, the person a platform token was issued to, or `platform`. */
  label: string;
  request: RequestFacts;
}

/** Rescind itself, for what no caller asked for. */
export const SYSTEM_CONTEXT: AuditContext = {
  actor: { kind: 'system', id: null, email: null, token_id: null },
  proof: null,
  label: 'system',
  request: { requestId: null, ip: null, userAgent: null },
};

/** The business id under which the platform's own log is kept. */
export const PLATFORM_LOG = NIL_UUID;
