import 'reflect-metadata';
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { ManagementScope } from '../verification/scopes.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { ofEachRoute } from './of-each-route.js';
import { ScopeDemands } from './scope-demands.js';

const REQUIRED_SCOPE = 'rescind:required_scope';

export const RequireScope = (scope: ManagementScope) => SetMetadata(REQUIRED_SCOPE, scope);

/** That of the handler goes before that of its class. */
const scopeOf = ofEachRoute((handler, controller) =>
  [handler, controller]
    .map((place) => Reflect.getMetadata(REQUIRED_SCOPE, place) as ManagementScope | undefined)
    .find((scope) => scope !== undefined),
);

/** Refuses principals without the scope that the route requires. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly demands: ScopeDemands) {}

  canActivate(context: ExecutionContext): boolean {
    const scope = scopeOf(context);
    if (scope !== undefined)
      this.demands.demand(context.switchToHttp().getRequest<AuthenticatedRequest>().user, scope);
    return true;
  }
}
