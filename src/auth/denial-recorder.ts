import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditDraft } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { CollectedEvents, Tally } from '../changes/collected-events.js';
import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import { REFUSALS } from '../common/errors/refusals.js';
import { holdTo } from '../admission/rate-limit-fields.js';
import { Rates } from '../admission/rates.js';
import { Turns } from '../admission/turns.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { requestFactsOf } from './caller.js';
import type { Principal } from './principal.js';
import { sharersOf } from './sharers.js';

/** Denied calls, equal ones counted together. */
type Denial = Omit<AuditDraft<'access.denied'>, 'details'> & {
  details: Omit<AuditDraft<'access.denied'>['details'], 'count'>;
  count: number;
};

/** How long a denial that may wait does so, so that others can share its event. */
const LATER_MS = 500;

/** The denials of one log that are written together. */
interface Batch {
  businessId: string | null;
  alike: Tally<Denial>;
  written: PromiseWithResolvers<void>;
  later?: NodeJS.Timeout;
  isDue?: boolean;
}

/**
 * Writes denied calls to the log of the caller's business: denials that arrive while a transaction is running share the
 * next one, and equal ones (token, address, route, reason) share an event that counts them.
 */
class DenialLog {
  private readonly batches = new Map<string | null, Batch>();
  private readonly events: CollectedEvents<Denial>;

  constructor(changes: Changes, turns: Turns) {
    this.events = new CollectedEvents(changes, turns, 'denial-records', denialEvent, 'Denials');
  }

  /**
   * Resolves once it is recorded.
   * @param isHeld its caller has to wait anyway
   * @throws DomainError `audit.unwritable`, `service.unavailable`, or the driver's error: then nothing is recorded of it
   */
  record(denial: Denial, isHeld: boolean): Promise<void> {
    const { businessId } = denial;
    const batch = this.batches.get(businessId) ?? {
      businessId,
      alike: new Tally(likeness),
      written: Promise.withResolvers(),
    };
    this.batches.set(businessId, batch);
    batch.alike.count(denial);
    if (isHeld) batch.later ??= setTimeout(() => void this.write(batch), LATER_MS);
    else void this.write(batch);
    return batch.written.promise;
  }

  private async write(batch: Batch): Promise<void> {
    if (batch.isDue === true) return;
    batch.isDue = true;
    clearTimeout(batch.later);
    try {
      await this.events.write(batch.businessId, () => {
        this.close(batch);
        return batch.alike.takeAll();
      });
      batch.written.resolve();
    } catch (error) {
      this.close(batch);
      batch.written.reject(error);
    }
  }

  /** Closed for further denials: later ones are recorded with the next. */
  private close(batch: Batch): void {
    if (this.batches.get(batch.businessId) === batch) this.batches.delete(batch.businessId);
  }
}

function denialEvent({ count, ...denial }: Denial): AuditDraft<'access.denied'> {
  return { ...denial, details: { ...denial.details, count } };
}

function likeness({ actor, target, request, details }: Denial): string {
  return JSON.stringify([actor.token_id, target, request.ip, details]);
}

const DENIALS = new Set([
  'business.forbidden',
  'permission.denied',
  'permission.scope_not_grantable',
  'revocation.same_person',
  'revocation.person_made',
  // Else a person may stay whom the directory has let go, and nobody knows.
  'scim.active_unclear',
  // With a token: with a session nobody is proven yet, and the FailedAuthenticationRecorder records it.
  'session.cross_site',
]);

/**
 * Records every denied access of a proven caller in the log of the caller's own business, before it is answered; a
 * denial that cannot be recorded is answered 503. The business that was asked for learns nothing of it; it may not even
 * exist. A 404 counts as denied, because what was asked for may belong to somebody else. The event is the same if it
 * does not exist.
 */
@Injectable()
export class DenialRecorder implements ErrorObserver {
  private readonly log: DenialLog;

  constructor(
    changes: Changes,
    turns: Turns,
    private readonly rates: Rates,
  ) {
    this.log = new DenialLog(changes, turns);
  }

  /** @throws DomainError `request.rate_limited` in place of one denial too many; as DenialLog.record */
  async observe(error: DomainError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { user, businessId } = request as Partial<AuthenticatedRequest>;
    if (user === undefined) return;
    const denial = denialOf(error, user, request);
    if (error.code === 'request.rate_limited') return this.log.record(denial, true);
    if (isNotFound(error)) return this.log.record(denial, this.isOften(user, businessId ?? null));
    if (!DENIALS.has(error.code)) return;
    const uses = this.rates.useShared('denials', sharersOf(user, businessId ?? null));
    const isTooMuch = uses.some(({ isExceeded }) => isExceeded);
    await this.log.record(denial, isTooMuch);
    if (isTooMuch) holdTo(uses, reply);
  }

  /** Above the limit of denials the answer does not change, but its event may wait so that others can share it. */
  private isOften(principal: Principal, businessId: string | null): boolean {
    return this.rates
      .useShared('misses', sharersOf(principal, businessId))
      .some(({ isExceeded }) => isExceeded);
  }
}

function isNotFound({ code }: DomainError): boolean {
  return REFUSALS[code][0] === 'not_found';
}

function denialOf(error: DomainError, principal: Principal, request: FastifyRequest): Denial {
  const route = request.routeOptions.url;
  return {
    businessId: principal.businessId,
    actor: principal.actor,
    action: 'access.denied',
    target: error.facts.about ?? { kind: 'route', id: route ?? null },
    outcome: 'denied',
    request: requestFactsOf(request),
    details: { method: request.method, route: route ?? '', code: error.code },
    count: 1,
  };
}
