import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuditDraft } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { Turns } from '../admission/turns.js';
import { CollectedEvents, Tally } from '../changes/collected-events.js';
import { bearerSecretOf } from '../common/bearer-header.js';
import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import { PeriodicService } from '../common/periodic-task.js';
import { sessionSecretOf } from '../common/session-secret.js';
import { displayablePartOf } from '../secrets/secret-format.js';
import { INACTIVE_REASONS } from '../verification/verdict.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

/** Failed authentications that are counted together. */
interface FailedAuthentication {
  ip: string | null;
  failure: string;
  prefix: string | null;
  publicId: string | null;
  count: number;
}

/** Guesses that are recorded separately for one address; more are counted together, without a public id. */
const GUESSES_AN_ADDRESS_MAX = 3;
/** Lines in an interval; what comes from further addresses is counted together, without an address. */
const LINES_MAX = 1000;

/**
 * Counts failed authentications by address and reason, so that guessing floods neither memory nor the log. Only prefix
 * and public id of a guess are kept (R8).
 */
export class FailureTally extends Tally<FailedAuthentication> {
  private guesses = new Map<string, number>();

  constructor() {
    super(
      ({ ip, failure, publicId }) => JSON.stringify([ip, failure, publicId]),
      (line, lines) => (line.ip !== null && lines >= LINES_MAX ? { ...line, ip: null, ...NOTHING } : null),
    );
  }

  add(ip: string, failure: string, secret: string | null): void {
    const shown = secret === null ? NOTHING : displayablePartOf(secret);
    const line = { ip, failure, ...shown, count: 1 };
    if (shown.publicId === null || this.find(line) !== undefined) return this.count(line);
    const guesses = this.guesses.get(ip) ?? 0;
    const isToldApart = guesses < GUESSES_AN_ADDRESS_MAX;
    if (isToldApart) this.guesses.set(ip, guesses + 1);
    this.count(isToldApart ? line : { ...line, ...NOTHING });
  }

  /** Everything counted since the last call. */
  take(): FailedAuthentication[] {
    this.guesses = new Map();
    return this.takeAll();
  }
}

const NOTHING = { prefix: null, publicId: null };

const FLUSH_MS = 5000;

/** Those that are no verdict. */
const OTHER_REASONS = ['invalid', 'rate_limited', 'cross_site'];

/**
 * Records failed authentications in the platform's log, one event per address, reason and interval: nobody can tell for
 * which business a wrong secret was meant. A request without a secret is not a failed authentication.
 */
@Injectable()
export class FailedAuthenticationRecorder extends PeriodicService implements ErrorObserver {
  /** Since the start of this process, by reason; each from 0 on. */
  readonly byReason = new Map<string, number>(
    [...INACTIVE_REASONS.filter((reason) => reason !== 'insufficient_scope'), ...OTHER_REASONS].map(
      (reason) => [reason, 0],
    ),
  );
  private readonly failed = new FailureTally();
  private readonly events: CollectedEvents<FailedAuthentication>;
  protected override readonly endsWithRound = true;

  constructor(changes: Changes, turns: Turns) {
    super(FLUSH_MS);
    this.events = new CollectedEvents(
      changes,
      turns,
      'authentication-records',
      failedAuthenticationEvent,
      'Failed authentications',
    );
  }

  override round(): Promise<void> {
    return this.events.writeAll(this.failed.take(), this.failed);
  }

  observe(error: DomainError, request: FastifyRequest): Promise<void> {
    const failure = failureOf(error, request);
    if (failure !== null) {
      this.byReason.set(failure, (this.byReason.get(failure) ?? 0) + 1);
      this.failed.add(request.ip, failure, secretOf(request));
    }
    return Promise.resolve();
  }
}

function failedAuthenticationEvent(line: FailedAuthentication): AuditDraft<'authentication.failed'> {
  const { ip, failure, prefix, publicId, count } = line;
  return {
    businessId: null,
    actor: { kind: 'anonymous', id: null, email: null, token_id: null },
    action: 'authentication.failed',
    target: { kind: 'token', id: null },
    outcome: 'failure',
    request: { requestId: null, ip, userAgent: null },
    details: { count, prefix, public_id: publicId, failure },
  };
}

/** The reason, as named by the verdict; null if it is not a failed authentication. */
function failureOf(error: DomainError, request: FastifyRequest): string | null {
  switch (error.code) {
    case 'authentication.invalid':
      return typeof error.facts.details?.failure === 'string' ? error.facts.details.failure : 'invalid';
    case 'authentication.malformed':
      return 'malformed';
    case 'request.rate_limited':
      return isUnproven(request) && secretOf(request) !== null ? 'rate_limited' : null;
    case 'permission.denied':
      // Denials of proven callers are recorded by the DenialRecorder. Here an active secret came from an address to
      // which it is not bound.
      return isUnproven(request) ? 'ip_not_allowed' : null;
    case 'session.cross_site':
      // A page of another origin asked with the session of whoever looks at it, which nobody has looked up.
      return isUnproven(request) && secretOf(request) !== null ? 'cross_site' : null;
    default:
      return null;
  }
}

function isUnproven(request: FastifyRequest): boolean {
  return (request as Partial<AuthenticatedRequest>).user === undefined;
}

function secretOf(request: FastifyRequest): string | null {
  try {
    return sessionSecretOf(request) ?? bearerSecretOf(request.raw);
  } catch {
    return null;
  }
}
