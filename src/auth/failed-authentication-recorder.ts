import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { AuditTrail } from '../audit/trail/audit-trail.js';
import { bearerSecretOf } from '../common/bearer-header.js';
import type { DomainError } from '../common/errors/domain-error.js';
import { loggableError } from '../common/errors/driver-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { FailureTally } from './failure-tally.js';

const FLUSH_MS = 5000;

/**
 * Records failed authentications in the platform's log, one event per address, reason and interval: whose business
 * a bad secret was meant for nobody can tell. A caller that presents nothing at all has failed at nothing.
 */
@Injectable()
export class FailedAuthenticationRecorder
  implements ErrorObserver, OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger('Audit');
  private readonly failed = new FailureTally();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  observe(error: DomainError, request: FastifyRequest): Promise<void> {
    const failure = failureOf(error, request);
    if (failure !== null) this.failed.add(request.ip, failure, secretOf(request));
    return Promise.resolve();
  }

  /** One flush at a time; what fails to be written is kept for the next. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  private async write(): Promise<void> {
    const lines = this.failed.take();
    if (lines.length === 0) return;
    try {
      await this.dataSource.transaction((manager) =>
        this.trail.recordAll(
          lines.map(({ ip, failure, prefix, publicId, count }) => ({
            businessId: null,
            actor: { kind: 'anonymous' as const, id: null, email: null, token_id: null },
            action: 'authentication.failed' as const,
            target: { kind: 'token' as const, id: null },
            outcome: 'failure' as const,
            request: { requestId: null, ip, userAgent: null },
            details: { count, prefix, public_id: publicId, failure },
          })),
          manager,
        ),
      );
    } catch (error) {
      this.failed.putBack(lines);
      this.logger.warn(
        loggableError(error),
        'Failed authentications could not be recorded; it is tried again.',
      );
    }
  }
}

/** Why it failed, in the words of the verdict; null when it is no failed authentication. */
function failureOf(error: DomainError, request: FastifyRequest): string | null {
  switch (error.code) {
    case 'authentication.invalid':
      return typeof error.facts.details?.failure === 'string' ? error.facts.details.failure : 'invalid';
    case 'authentication.malformed':
      return 'malformed';
    case 'request.rate_limited':
      return isUnproven(request) && request.headers.authorization !== undefined ? 'rate_limited' : null;
    case 'permission.denied':
      // Of a proven caller the DenialRecorder tells; here a good secret came from an address that it is not good for.
      return isUnproven(request) ? 'ip_not_allowed' : null;
    default:
      return null;
  }
}

function isUnproven(request: FastifyRequest): boolean {
  return (request as Partial<AuthenticatedRequest>).user === undefined;
}

function secretOf(request: FastifyRequest): string | null {
  try {
    return bearerSecretOf(request.raw);
  } catch {
    return null;
  }
}
