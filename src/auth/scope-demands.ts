import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import 'reflect-metadata';
import { refusal } from '../common/errors/domain-error.js';
import { covers, type ManagementScope } from '../verification/scopes.js';
import { TokenUsage } from '../verification/usage/token-usage.js';
import type { Principal } from './principal.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { ofEachRoute } from './revokes.decorator.js';

/** Asks callers for scopes, and notes in the usage of their tokens that these were needed. */
@Injectable()
export class ScopeDemands {
  constructor(private readonly usage: TokenUsage) {}

  /**
   * @param scopes any of them is enough
   * @throws DomainError `permission.denied` naming the first of the scopes that are missing
   */
  demand(principal: Principal, ...scopes: readonly ManagementScope[]): void {
    if (!scopes.some((scope) => this.holds(principal, scope)))
      throw refusal('permission.denied', { scope: scopes[0] });
  }

  /** Whether `principal` has the scope, which it needs. */
  holds(principal: Principal, scope: ManagementScope): boolean {
    if (!covers(principal.scopes, scope)) return false;
    this.usage.noteAsked(principal.token, [scope]);
    return true;
  }

  /** Notes that `principal` needed these and had them, as whoever gives them to a token does; null: all that it has, unnamed. */
  noteNeeded({ token }: Principal, scopes: readonly string[] | null): void {
    this.usage.noteAsked(token, scopes);
  }
}

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
