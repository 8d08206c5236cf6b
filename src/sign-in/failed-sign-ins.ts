import { Injectable, Logger } from '@nestjs/common';
import type { AuditDraft, RequestFacts } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { loggableError } from '../common/errors/driver-error.js';
import { PeriodicService, PeriodicTask } from '../common/periodic-task.js';
import { ANONYMOUS } from './sign-in-author.js';

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

interface Line {
  failed: FailedSignIn;
  request: RequestFacts;
  count: number;
}

/**
 * Records sign-ins that failed: one event per second, address, provider, reason and person, so that whoever tries again
 * and again floods neither memory nor the log.
 */
@Injectable()
export class FailedSignIns extends PeriodicService {
  private readonly logger = new Logger('Audit');
  private lines = new Map<string, Line>();
  protected override readonly endsWithRound = true;
  protected readonly rounds = new PeriodicTask(() => this.write(), FLUSH_MS);

  constructor(private readonly changes: Changes) {
    super();
  }

  note(failed: FailedSignIn, request: RequestFacts): void {
    this.add({ failed, request, count: 1 });
  }

  private add({ failed, request, count }: Line): void {
    const key = JSON.stringify([failed, request.ip]);
    const line = this.lines.get(key);
    if (line !== undefined) line.count += count;
    else if (request.ip !== null && this.lines.size >= LINES_MAX) {
      const nobody = { ...failed, businessId: null, issuer: null, subject: null };
      this.add({ failed: nobody, request: { requestId: null, ip: null, userAgent: null }, count });
    } else this.lines.set(key, { failed, request, count });
  }

  /** What could not be written is kept for the next time. */
  private async write(): Promise<void> {
    const lines = [...this.lines.values()];
    this.lines = new Map();
    for (const businessId of new Set(lines.map(({ failed }) => failed.businessId))) {
      const ofLog = lines.filter(({ failed }) => failed.businessId === businessId);
      try {
        await this.changes.make(ANONYMOUS, businessId, 'unconcerned', (change) => {
          change.recordCollected(ofLog.map(failedSignInEvent));
        });
      } catch (error) {
        for (const line of ofLog) this.add(line);
        this.logger.warn(loggableError(error), 'Failed sign-ins could not be recorded; it will be retried.');
      }
    }
  }
}

function failedSignInEvent({ failed, request, count }: Line): AuditDraft<'sign_in.failed'> {
  const { businessId, method, provider, failure, issuer, subject } = failed;
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
