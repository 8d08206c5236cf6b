import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { refusal } from '../common/errors/domain-error.js';
import { covers, type ManagementScope } from '../verification/scopes.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import type { Principal } from './principal.js';

const REQUIRED_SCOPE = 'rescind:required_scope';

export const RequireScope = (scope: ManagementScope) => SetMetadata(REQUIRED_SCOPE, scope);

/** @throws DomainError `permission.denied` naming the scope that is missing */
export function demandScope(principal: Principal, scope: ManagementScope): void {
  if (!covers(principal.scopes, scope)) throw refusal('permission.denied', { scope });
}

/** Refuses principals without the scope that the route requires. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const scope = this.reflector.getAllAndOverride<ManagementScope | undefined>(REQUIRED_SCOPE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (scope !== undefined)
      demandScope(context.switchToHttp().getRequest<AuthenticatedRequest>().user, scope);
    return true;
  }
}
