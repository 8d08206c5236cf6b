import { NIL as NIL_UUID } from 'uuid';
import type { AuditAction, AuditDetailsByAction } from './audit-action.js';
import type { AuditActor, AuditOutcome, AuditTarget } from './audit-event.js';

/** Where a request came from, as the log remembers it. */
export interface RequestFacts {
  /** Ours: no two requests have the same. */
  requestId: string | null;
  /** What the caller gave the request as its id, if anything. */
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

/** What an actor was let in for. It is looked at again where the change is made (beginChange). */
export interface ActorProof {
  tokenId: string;
  /** The role of the token's owner, or `platform`: with a smaller one the change is refused. */
  authority: string;
}

/** Somebody who acts, and from where: what every state change needs to be recorded. */
export interface AuditContext {
  actor: AuditActor;
  /** null: nobody that could have been revoked meanwhile, such as Rescind itself. */
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
