import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver, managesAllTokens } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { newId } from '../../common/new-id.js';
import { RevokeLane } from '../../database/revoke-lane.js';
import type { BarrierFacts } from '../../lease/barrier-facts.js';
import type { BarrierWatch } from '../../lease/barrier-progress.js';
import { reachesUpTo } from '../../verification/effective-scopes.js';
import { CutOffMarking } from '../cut-offs/cut-off-marking.js';
import { Idempotency } from '../../idempotency/idempotency.js';
import type { RevocationWatch } from '../progress/revocation-progress.dto.js';
import { KeptBarriers } from '../receipts/kept-barriers.repository.js';
import { RevocationAllowances } from './allowances.repository.js';
import { areOfOnePerson, isPerson, type Author } from './person.js';
import { PlansRepository } from './plans.repository.js';
import { demandAuthorityOverAsker, type RevocationAim, RevocationTermsService } from './revocation-terms.js';
import { RevocationExecution, type Order, type Ordered } from './revocation-execution.js';
import { RevocationRecordsRepository, type RevocationRecord } from './revocation-records.repository.js';
import type { TracedRevocation } from './revocation-records.service.js';
import { RevocationRequestsRepository } from './revocation-requests.repository.js';
import type { RequestRow } from './revocation-requests.repository.js';
import type { ApprovalBarDto } from './revocation.dto.js';
import { SelectionMarking } from './selection-marking.js';

/** By a plan, or by what is meant. */
type BulkRevocationRequest = { proceeds: boolean; breakGlass: boolean } & (
  { plan: string } | { aim: RevocationAim; reason: string }
);

/** What a call has made, or what one before it had made under the same key. */
interface Made {
  id: string;
  isFirst: boolean;
  /** null: by the earlier call. */
  ordered: Ordered | null;
}

/** Revokes many tokens in one call, or has that wait for a second person. */
@Injectable()
export class BulkRevocations {
  constructor(
    private readonly changes: Changes,
    private readonly revokeLane: RevokeLane,
    private readonly execution: RevocationExecution,
    private readonly terms: RevocationTermsService,
    private readonly plans: PlansRepository,
    private readonly allowances: RevocationAllowances,
    private readonly requests: RevocationRequestsRepository,
    private readonly records: RevocationRecordsRepository,
    private readonly keys: Idempotency,
    private readonly barriers: KeptBarriers,
    private readonly cutOffs: CutOffMarking,
    private readonly selections: SelectionMarking,
  ) {}

  /**
   * Revokes what is meant, the caller's own token if it is among it. Unless it waits for a second person, it resolves only when
   * no verifier can answer "active" for any of it any more (R1). What is issued afterwards is good. It cannot be undone (R3). A
   * call that is repeated under its Idempotency-Key revokes nothing more, and waits as the first did.
   * @throws DomainError as RevocationExecution.execute; `revocation.plan_not_found`, `revocation.plan_used`,
   * `revocation.plan_expired`; `permission.denied` for a plan of a higher role than the caller has now; `input.invalid` for a key that names another request; `revocation.unconfirmed`, and it is
   * revoked all the same
   */
  async revokeInBulk(
    caller: Caller,
    request: BulkRevocationRequest,
    watch?: RevocationWatch,
  ): Promise<TracedRevocation> {
    if (request.breakGlass && caller.principal.authority !== 'platform') throw refusal('permission.denied');
    const { dataSource } = this.revokeLane;
    const author = request.breakGlass
      ? null
      : await this.allowances.author(dataSource, caller.principal.token.id);
    const work = async (change: Change): Promise<Pick<Made, 'id' | 'ordered'>> => {
      const order = await this.orderOf(caller, request, author, change);
      return { id: order.id, ordered: await this.execution.execute(caller, order, change) };
    };
    return this.once(caller, work, watch);
  }

  /**
   * Makes a revocation that somebody else has asked for. As `revokeInBulk`, of the set that they were told of.
   * @throws DomainError as `revokeInBulk`; `revocation.not_found`; `revocation.not_awaiting`; `revocation.same_person`;
   * `revocation.person_made` when one of the two has just made the other a member or an administrator;
   * `revocation.asker_ended` when whoever asked is there no more, has a lower role than then, or used a token that has leaked; `permission.denied` for whoever is no administrator, or of a lower role than whoever asked
   */
  async approve(
    caller: Caller,
    id: string,
    proceeds: boolean,
    watch?: RevocationWatch,
  ): Promise<TracedRevocation> {
    const { principal, businessId } = caller;
    if (!managesAllTokens(principal)) throw refusal('permission.denied', { scope: 'rescind:business:admin' });
    const asked = await this.requests.find(businessId, id);
    if (asked === null) throw refusal('revocation.not_found');
    const bar = await this.barTo(caller, asked, false);
    if (bar !== null) throw refusal(bar.code);
    demandAuthorityOverAsker(caller, asked.terms);
    const work = async (change: Change): Promise<Pick<Made, 'id' | 'ordered'>> => {
      const request = await this.requests.hold(businessId, id, change.manager);
      if (request?.state !== 'awaiting_approval' || request.fingerprint === null)
        throw refusal('revocation.not_awaiting');
      const { terms, askedBy, askedByToken, tokensMatched: tokens, fingerprint } = request;
      // Of the two who agree on it, both have to be administrators at this moment.
      const role = await this.requests.roleOfAsker(askedByToken, change.manager);
      if (role !== null && !reachesUpTo(role, terms.authority)) throw refusal('revocation.asker_ended');
      const seen = { tokens, fingerprint };
      const order = { id, terms, seen, proceeds, author: null, breakGlass: false, approves: { askedBy } };
      return { id, ordered: await this.execution.execute(caller, order, change) };
    };
    return this.once(caller, work, watch);
  }

  /** Why the caller, an administrator who reads a revocation that waits, would not be its second person; null: nothing is known. */
  async barToReader(caller: Caller, id: string): Promise<ApprovalBarDto | null> {
    const asked = managesAllTokens(caller.principal) && (await this.requests.find(caller.businessId, id));
    return asked && asked.state === 'awaiting_approval' ? this.barTo(caller, asked, true) : null;
  }

  private async barTo(
    { principal, businessId }: Caller,
    { id, askedByToken }: RequestRow,
    isRead: boolean,
  ): Promise<ApprovalBarDto | null> {
    const lines = await this.requests.lineages(askedByToken, principal.token.id, isRead);
    if (!isPerson(principal) || areOfOnePerson(lines)) return { code: 'revocation.same_person', made: [] };
    const made = businessId && (await this.requests.madeEachOther({ businessId, id, isRead }, lines));
    if (made) return { code: 'revocation.person_made', made };
    const hasLeaked = lines.some(({ side, leaked }) => side === 'asked' && leaked);
    return hasLeaked ? { code: 'revocation.asker_ended', made: [] } : null;
  }

  /** Does `work` unless the call was made before under its key, and waits for what it made. */
  private async once(
    caller: Caller,
    work: (change: Change) => Promise<Pick<Made, 'id' | 'ordered'>>,
    watch: RevocationWatch | undefined,
  ): Promise<TracedRevocation> {
    const { businessId } = caller;
    const { result, barrier } = await this.changes.end<Made>(
      caller,
      businessId,
      async (change) => {
        const before = await this.keys.madeBefore(caller, change);
        if (before !== null) return { id: before, isFirst: false, ordered: null };
        const made = await work(change);
        await this.keys.keep(caller, made.id, change);
        return { ...made, isFirst: true };
      },
      {
        everyLog: businessId === null,
        committed: watch === undefined ? undefined : (made) => this.watchCommitted(businessId, made, watch),
      },
    );
    const waited = await this.waited(businessId, result, barrier, watch);
    const found = await this.found(businessId, result.id);
    if (watch !== undefined) tell(watch, found);
    return { ...found, barrier: waited };
  }

  /** Tells of it as soon as it is found: nobody else waits for that. A selection is marked before anything is waited for. */
  private watchCommitted(
    businessId: string | null,
    { id, ordered }: Made,
    watch: RevocationWatch,
  ): BarrierWatch | undefined {
    void this.found(businessId, id).then(
      (found) => tell(watch, found),
      // The answer looks for it again.
      () => undefined,
    );
    return ordered === 'selection' ? undefined : watch.waiting;
  }

  private found(businessId: string | null, id: string): Promise<Omit<TracedRevocation, 'barrier'>> {
    return this.revokeLane.look(businessId, async (manager) => {
      const record = (await this.records.find(businessId, id, manager)) as RevocationRecord;
      return { ...record, auditSequence: await this.records.sequenceOf(businessId, id, manager) };
    });
  }

  /** What was waited for until the revocation is in effect everywhere; null: it is not made yet. */
  private async waited(
    businessId: string | null,
    { id, isFirst }: Made,
    barrier: BarrierFacts,
    watch: RevocationWatch | undefined,
  ): Promise<BarrierFacts | null> {
    const request = await this.requests.find(businessId, id);
    if (request === null || request.state === 'approved') {
      if (isFirst) this.barriers.keep(businessId, id, barrier);
      this.cutOffs.begin();
      return barrier;
    }
    if (request.revokedAt === null) return null;
    return this.selections.complete(businessId, id, watch?.waiting);
  }

  private async orderOf(
    caller: Caller,
    request: BulkRevocationRequest,
    author: Author | null,
    change: Change,
  ): Promise<Order> {
    const { proceeds, breakGlass } = request;
    const order = { id: newId(), proceeds, author, breakGlass, approves: null };
    if ('aim' in request) {
      const terms = await this.terms.of(caller, request.aim, request.reason, change.manager);
      return { ...order, terms, seen: null };
    }
    const { businessId, principal } = caller;
    const plan = await this.plans.hold(businessId, request.plan, principal.token.id, change.manager);
    if (plan === null) throw refusal('revocation.plan_not_found');
    if (plan.state !== 'usable')
      throw refusal(plan.state === 'used' ? 'revocation.plan_used' : 'revocation.plan_expired');
    const { terms, tokens, fingerprint } = plan;
    // Whoever has become less since means less: a plan is no way to keep what was taken from them.
    demandAuthorityOver(principal, terms.authority);
    await this.plans.use(businessId, request.plan, change.manager);
    return { ...order, terms, seen: { tokens, fingerprint } };
  }
}

/** Of one that waits for a second person there is nothing to tell. */
function tell(
  watch: RevocationWatch,
  { id, revokedAt, auditSequence }: Omit<TracedRevocation, 'barrier'>,
): void {
  if (revokedAt !== null) watch.committed({ id, revokedAt, auditSequence });
}
