import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import type { Authenticator } from '../auth/authenticator.js';
import { DomainError } from '../common/errors/domain-error.js';
import { covers } from '../verification/scopes.js';

/** Proves the credential of an open stream again and again, by the way of all requests. */
export class CredentialProof {
  /**
   * @param onProven called each time that memory proves it
   * @param onEnded called when it is good no more
   */
  constructor(
    private readonly authenticator: Authenticator,
    private readonly request: AuthenticatedRequest,
    private readonly onProven: () => void,
    private readonly onEnded: () => void,
  ) {}

  /**
   * Calls `whenProven` in the very step in which memory proves the credential, if need be after one look-up. One that
   * cannot be judged now, or is not kept in memory, proves nothing: it may have been read before a revocation.
   */
  demand(whenProven: () => void, mayLookUp = true): void {
    try {
      const proof = this.authenticator.authenticateAgain(this.request);
      if (proof instanceof Promise) {
        proof.then(
          ({ scopes }) => {
            if (!mayVerify(scopes)) this.onEnded();
            else if (mayLookUp) this.demand(whenProven, false);
          },
          (error: unknown) => this.refused(error),
        );
        return;
      }
      if (!mayVerify(proof.scopes)) return this.onEnded();
      this.onProven();
      whenProven();
    } catch (error) {
      this.refused(error);
    }
  }

  /**
   * Calls `whenTold` with true once the credential was found good by what was looked for after this call, in memory or not;
   * with false when that cannot be told.
   */
  ask(whenTold: (isGood: boolean) => void): void {
    try {
      const proof = this.authenticator.authenticateAgain(this.request);
      if (proof instanceof Promise) {
        proof.then(
          ({ scopes }) => {
            if (!mayVerify(scopes)) return this.onEnded();
            whenTold(true);
            this.demand(() => undefined, false);
          },
          (error: unknown) => this.untold(error, whenTold),
        );
        return;
      }
      if (!mayVerify(proof.scopes)) return this.onEnded();
      this.onProven();
      whenTold(true);
    } catch (error) {
      this.untold(error, whenTold);
    }
  }

  private untold(error: unknown, whenTold: (isGood: boolean) => void): void {
    this.refused(error);
    whenTold(false);
  }

  private refused(error: unknown): void {
    const code = error instanceof DomainError ? error.code : 'internal';
    if (code === 'authentication.invalid' || code === 'permission.denied') this.onEnded();
  }
}

function mayVerify(scopes: readonly string[]): boolean {
  return covers(scopes, 'rescind:tokens:verify');
}
