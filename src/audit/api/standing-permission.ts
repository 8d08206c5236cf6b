import { Injectable } from '@nestjs/common';
import { Authenticator } from '../../auth/authenticator.js';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { demandScope } from '../../auth/scope.guard.js';

/** A long answer must end once its caller may not read any more: revoked means refused, also in mid-stream. */
@Injectable()
export class StandingPermission {
  constructor(private readonly authenticator: Authenticator) {}

  /** Throws as the guards of the route would, if the request came now. */
  async demand(request: AuthenticatedRequest): Promise<void> {
    const principal = await this.authenticator.authenticate(request);
    demandScope(principal, principal.businessId === null ? 'rescind:platform:admin' : 'rescind:audit:read');
  }
}
