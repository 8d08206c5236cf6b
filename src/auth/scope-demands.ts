import { Injectable } from '@nestjs/common';
import { refusal } from '../common/errors/domain-error.js';
import { covers, type ManagementScope } from '../verification/scopes.js';
import { TokenUsage } from '../verification/usage/token-usage.js';
import type { Principal } from './principal.js';

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
