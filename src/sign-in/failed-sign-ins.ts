import { Injectable } from '@nestjs/common';
import type { AuditContext, AuditDraft, RequestFacts } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { Turns } from '../admission/turns.js';
import { CollectedEvents, Tally } from '../changes/collected-events.js';
import { PeriodicService } from '../common/periodic-task.js';

/** Somebody who is not signed in yet. */
const ANONYMOUS: AuditContext = {
  actor: { kind: 'anonymous', id: null, email: null, token_id: null },
  proof: null,
  label: 'anonymous',
  request: { requestId: null, ip: null, userAgent: null },
};

/** Rescind itself, which does what a provider or a recovery code says. */
export function signInAuthor(label: string, request: RequestFacts): AuditContext {
  return { actor: { kind: 'system', id: null, email: null, token_id: null }, proof: null, label, request };
}

const FLUSH_MS = 1000;
/** Lines in an interval; what comes from further addresses is counted together, without an address. */
const LINES_MAX = 1000;

/** A failed sign-in, before equal ones are counted together. */
interface FailedSignIn {
  method: 'oidc' | 'recovery_code';
  provider: string | null;
  /** In one word of ours. */
  failure: string;
  /** Whose log it belongs into; null: the platform's, because nobody can tell which business was meant. */
  businessId: string | null;
  issuer: string | null;
  subject: string | null;
}

interface Line extends FailedSignIn {
  request: RequestFacts;
  count: number;
}

const NOBODY = {
  ...{ businessId: null, issuer: null, subject: null },
  request: { requestId: null, ip: null, userAgent: null },
};

/**
 * Records sign-ins that failed: one event per second, address, provider, reason and person, so that whoever tries again
 * and again floods neither memory nor the log.
 */
@Injectable()
export class FailedSignIns extends PeriodicService {
  private readonly failed = new Tally<Line>(
    ({ request, method, provider, failure, businessId, issuer, subject }) =>
      JSON.stringify([request.ip, method, provider, failure, businessId, issuer, subject]),
    (line, lines) => (line.request.ip !== null && lines >= LINES_MAX ? { ...line, ...NOBODY } : null),
  );
  private readonly events: CollectedEvents<Line>;
  protected override readonly endsWithRound = true;

  constructor(changes: Changes, turns: Turns) {
    super(FLUSH_MS);
    this.events = new CollectedEvents(
      changes,
      turns,
      'sign-in-records',
      failedSignInEvent,
      'Failed sign-ins',
    );
  }

  override round(): Promise<void> {
    return this.events.writeAll(this.failed.takeAll(), this.failed);
  }

  note(failed: FailedSignIn, request: RequestFacts): void {
    this.failed.count({ ...failed, request, count: 1 });
  }
}

function failedSignInEvent(line: Line): AuditDraft<'sign_in.failed'> {
  const { businessId, method, provider, failure, issuer, subject, request, count } = line;
  return {
    businessId,
    actor: ANONYMOUS.actor,
    action: 'sign_in.failed',
    target: { kind: 'service', id: null },
    outcome: 'failure',
    // Of several requests, that of the first.
    request,
    details: { method, provider, failure, issuer, subject, count },
  };
}
