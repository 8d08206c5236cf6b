import type { EntityManager } from 'typeorm';
import type { AuditAction } from '../audit/trail/audit-action.js';
import type { AuditDraft, AuditContext } from '../audit/trail/audit-draft.js';
import type { AuditTrail } from '../audit/trail/audit-trail.js';
import { ChangeTally } from './change-tally.js';

/** The event of a change without what is already known: who, where and from where. */
export type ChangeEvent<Action extends AuditAction = AuditAction> = Pick<
  AuditDraft<Action>,
  'action' | 'target' | 'details' | 'reason' | 'outcome'
>;

/**
 * Whether a change is answered only when no verifier answers from the state before it (R1): for all that may lower somebody's rights,
 * or change what a verdict says. Whoever finds done what they ask for, and whoever is refused because it is done already, then waits
 * as well: somebody else's call may have done it a moment ago.
 */
export type Verifiers = 'wait' | 'unconcerned';

/** A change in progress: its transaction, and the events that it will record. */
export class Change {
  /** Recorded, and not written yet. */
  events: AuditDraft[] = [];
  readonly tally = new ChangeTally();
  /** Whether it found done what it was asked for, by somebody whose verifiers may have to be waited for as well. */
  restsOnEarlier = false;

  constructor(
    /** The transaction; passed on to repositories. */
    readonly manager: EntityManager,
    readonly businessId: string | null,
    private readonly author: AuditContext,
    private readonly trail: Pick<AuditTrail, 'recordAll'>,
    readonly transactionId: string,
  ) {}

  /** What the log will say of it. Written before the transaction ends, or nothing is changed (R4). */
  record<Action extends AuditAction>(event: ChangeEvent<Action>): void {
    const { actor, request } = this.author;
    this.events.push({ ...event, businessId: this.businessId, actor, request });
  }

  /** The same of events that were collected, and counted together: each says by itself whose it is. */
  recordCollected(drafts: readonly AuditDraft[]): void {
    this.events.push(...drafts);
  }

  /**
   * Writes what was recorded so far, except the end of the token that makes the change: no event of it may follow.
   * For changes of thousands of rows, whose events would otherwise all be in memory at once; not for changes that share
   * a transaction, of which each may still be refused.
   */
  async writeSoFar(): Promise<void> {
    const endsItself = ({ target }: AuditDraft): boolean => target.id === this.author.actor.token_id;
    const due = this.events.filter((event) => !endsItself(event));
    this.events = this.events.filter(endsItself);
    await this.write(due);
  }

  /** Writes everything that was recorded and not written: the last statement of the transaction. */
  async writeAll(): Promise<void> {
    const due = this.events;
    this.events = [];
    await this.write(due);
  }

  private async write(events: readonly AuditDraft[]): Promise<void> {
    await this.trail.recordAll(events, this.manager);
    this.tally.add(events);
  }
}
