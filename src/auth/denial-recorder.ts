import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { AuditTrail } from '../audit/trail/audit-trail.js';
import type { DomainError } from '../common/errors/domain-error.js';
import type { ErrorObserver } from '../common/errors/error-observer.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { requestFactsOf } from './caller.js';

const DENIALS = new Set(['business.forbidden', 'permission.denied', 'permission.scope_not_grantable']);

/**
 * Records every denied access of a proven caller in the log of the caller's own business, in a transaction of its
 * own: there is no change for it to go with. The business that was asked for learns nothing of it, it may not exist.
 */
@Injectable()
export class DenialRecorder implements ErrorObserver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
  ) {}

  async observe(error: DomainError, request: FastifyRequest): Promise<void> {
    const principal = (request as Partial<AuthenticatedRequest>).user;
    if (principal === undefined || !DENIALS.has(error.code)) return;
    await this.dataSource.transaction((manager) =>
      this.trail.record(
        {
          businessId: principal.businessId,
          actor: principal.actor,
          action: 'access.denied',
          target: { kind: 'route', id: request.routeOptions.url ?? null },
          outcome: 'denied',
          request: requestFactsOf(request),
          details: { method: request.method, route: request.routeOptions.url ?? '', code: error.code },
        },
        manager,
      ),
    );
  }
}
