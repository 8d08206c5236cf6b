import type { EntityManager } from 'typeorm';
import type { AuditAction } from '../audit/trail/audit-action.js';
import type { AuditDraft, AuditContext } from '../audit/trail/audit-draft.js';

/** The event of a change without what is already known: who, where and from where. */
export type ChangeEvent<Action extends AuditAction = AuditAction> = Pick<
  AuditDraft<Action>,
  'action' | 'target' | 'details' | 'reason' | 'outcome'
>;

/** A change in progress: its transaction, and the events that it will record. */
export class Change {
  readonly events: AuditDraft[] = [];
  /** Whether it is answered only when no verifier answers from the state before it (R1). */
  waitsForVerifiers = false;
  /** Whether it found done what it was asked for, by somebody whose verifiers may have to be waited for as well. */
  restsOnEarlier = false;

  constructor(
    /** The transaction; passed on to repositories. */
    readonly manager: EntityManager,
    readonly businessId: string | null,
    private readonly author: AuditContext,
  ) {}

  /** What the log will say of it. Written as the last statement of the transaction, or nothing is changed (R4). */
  record<Action extends AuditAction>(event: ChangeEvent<Action>): void {
    const { actor, request } = this.author;
    this.events.push({ ...event, businessId: this.businessId, actor, request });
  }
}
