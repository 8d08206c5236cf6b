import 'reflect-metadata';
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { ManagementScope } from '../verification/scopes.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { ofEachRoute } from './of-each-route.js';
import { ScopeDemands } from './scope-demands.js';

const REQUIRED_SCOPE = 'rescind:required_scope';

/** Any of `scopes` is enough. */
export const RequireScope = (...scopes: readonly ManagementScope[]) => SetMetadata(REQUIRED_SCOPE, scopes);

/** That of the handler goes before that of its class. */
const scopesOf = ofEachRoute((handler, controller) =>
  [handler, controller]
    .map((place) => Reflect.getMetadata(REQUIRED_SCOPE, place) as ManagementScope[] | undefined)
    .find((scopes) => scopes !== undefined),
);

/** Refuses principals without any of the scopes that the route asks for. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly demands: ScopeDemands) {}

  canActivate(context: ExecutionContext): boolean {
    const scopes = scopesOf(context);
    if (scopes !== undefined)
      this.demands.demand(context.switchToHttp().getRequest<AuthenticatedRequest>().user, ...scopes);
    return true;
  }
}
