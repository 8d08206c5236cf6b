import type { EntityManager } from 'typeorm';
import type { AuditAction } from '../log-format/audit-action.js';
import type { AuditDraft, AuditContext } from '../audit/trail/audit-draft.js';
import type { AuditTrail } from '../audit/trail/audit-trail.js';
import type { ChangeTally } from './change-outcomes.js';

/** Whose log an event is in, who acted and from where: what a change knows by itself. */
type Known = 'businessId' | 'actor' | 'request';

export type ChangeEvent<Action extends AuditAction = AuditAction> = Omit<AuditDraft<Action>, Known> &
  Partial<Pick<AuditDraft<Action>, Known>>;

/**
 * Whether a change is answered only when no verifier answers from the state before it (R1): for all that may lower somebody's rights,
 * or change what a verdict says. Whoever finds done what they ask for, and whoever is refused because it is done already, then waits
 * as well: somebody else's call may have done it a moment ago.
 */
export type Verifiers = 'wait' | 'unconcerned';

/** A change in progress: its transaction, and the events that it will record. */
export class Change {
  /** Recorded, and not written yet. */
  private events: AuditDraft[] = [];
  /** Whether it found done what it was asked for, by somebody whose verifiers may have to be waited for as well. */
  restsOnEarlier = false;

  constructor(
    /** The transaction; passed on to repositories. */
    readonly manager: EntityManager,
    readonly businessId: string | null,
    readonly author: AuditContext,
    private readonly trail: Pick<AuditTrail, 'recordAll'>,
    readonly transactionId: string,
    private readonly tally: ChangeTally,
  ) {}

  /** `work` as part of this change, in another of the logs that it holds: there it records. */
  async within(businessId: string, work: (change: Change) => Promise<void>): Promise<void> {
    const { manager, author, trail, transactionId, tally } = this;
    const other = new Change(manager, businessId, author, trail, transactionId, tally);
    await work(other);
    this.events.push(...other.events);
  }

  /**
   * What the log will say of it: of its author, but where the event itself says of whom. Whoever comes upon the token that somebody
   * else's cut-off has ended is not who ended it. Written before the transaction ends, or nothing is changed (R4).
   * @returns by what its place is found, once it is committed (Committed.recorded)
   */
  record<Action extends AuditAction>(event: ChangeEvent<Action>): AuditDraft {
    const { actor, request } = this.author;
    const draft = { businessId: this.businessId, actor, request, ...event };
    this.events.push(draft);
    return draft;
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
    await this.trail.recordAll(due, this.manager);
    this.tally.add(due);
  }

  /** Everything that was recorded and not written: the last statement of the transaction writes it. */
  take(): AuditDraft[] {
    const due = this.events;
    this.events = [];
    return due;
  }
}
