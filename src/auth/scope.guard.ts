import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { ManagementScope } from '../verification/scopes.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { ScopeDemands } from './scope-demands.js';

const REQUIRED_SCOPE = 'rescind:required_scope';

export const RequireScope = (scope: ManagementScope) => SetMetadata(REQUIRED_SCOPE, scope);

/** Refuses principals without the scope that the route requires. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly demands: ScopeDemands,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const scope = this.reflector.getAllAndOverride<ManagementScope | undefined>(REQUIRED_SCOPE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (scope !== undefined)
      this.demands.demand(context.switchToHttp().getRequest<AuthenticatedRequest>().user, scope);
    return true;
  }
}
