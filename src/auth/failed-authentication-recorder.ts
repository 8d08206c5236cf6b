import { Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type AuditDraft, SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { bearerSecretOf } from '../common/bearer-header.js';
import type { DomainError } from '../common/errors/domain-error.js';
import { loggableError } from '../common/errors/driver-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import { PeriodicService, PeriodicTask } from '../common/periodic-task.js';
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
export class FailureTally {
  private lines = new Map<string, FailedAuthentication>();
  private guesses = new Map<string, number>();

  add(ip: string, failure: string, secret: string | null): void {
    const { prefix, publicId } = secret === null ? NOTHING : displayablePartOf(secret);
    if (publicId === null || this.count(ip, failure, prefix, publicId, false)) {
      if (publicId === null) this.count(ip, failure, null, null, true);
      return;
    }
    const guesses = this.guesses.get(ip) ?? 0;
    const isToldApart = guesses < GUESSES_AN_ADDRESS_MAX;
    if (isToldApart) this.guesses.set(ip, guesses + 1);
    this.count(ip, failure, isToldApart ? prefix : null, isToldApart ? publicId : null, true);
  }

  /** Everything counted since the last call. */
  take(): FailedAuthentication[] {
    const lines = [...this.lines.values()];
    this.lines = new Map();
    this.guesses = new Map();
    return lines;
  }

  /** Puts back what could not be recorded. */
  putBack(lines: readonly FailedAuthentication[]): void {
    for (const { ip, failure, prefix, publicId, count } of lines)
      this.count(ip, failure, prefix, publicId, true, count);
  }

  /** @returns false if there is no such line and none may be added */
  private count(
    ip: string | null,
    failure: string,
    prefix: string | null,
    publicId: string | null,
    make: boolean,
    by = 1,
  ): boolean {
    const key = JSON.stringify([ip, failure, publicId]);
    const line = this.lines.get(key);
    if (line !== undefined) line.count += by;
    else if (!make) return false;
    else if (ip !== null && this.lines.size >= LINES_MAX) this.count(null, failure, null, null, true, by);
    else this.lines.set(key, { ip, failure, prefix, publicId, count: by });
    return true;
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
  private readonly logger = new Logger('Audit');
  private readonly failed = new FailureTally();
  protected override readonly endsWithRound = true;
  protected readonly rounds = new PeriodicTask(() => this.write(), FLUSH_MS);

  constructor(private readonly changes: Changes) {
    super();
  }

  observe(error: DomainError, request: FastifyRequest): Promise<void> {
    const failure = failureOf(error, request);
    if (failure !== null) {
      this.byReason.set(failure, (this.byReason.get(failure) ?? 0) + 1);
      this.failed.add(request.ip, failure, secretOf(request));
    }
    return Promise.resolve();
  }

  /** What could not be written is kept for the next time. */
  private async write(): Promise<void> {
    const lines = this.failed.take();
    if (lines.length === 0) return;
    try {
      await this.changes.make(SYSTEM_CONTEXT, null, 'unconcerned', (change) => {
        change.recordCollected(lines.map(failedAuthenticationEvent));
      });
    } catch (error) {
      this.failed.putBack(lines);
      this.logger.warn(
        loggableError(error),
        'Failed authentications could not be recorded; it will be retried.',
      );
    }
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
