import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import type { Authenticator } from '../auth/authenticator.js';
import { DomainError } from '../common/errors/domain-error.js';
import type { Principal } from '../auth/principal.js';
import { covers } from '../verification/scopes.js';
import type { Clock } from '../lease/clock.js';

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
    this.prove((isInMemory) => {
      if (isInMemory) whenProven();
      else if (mayLookUp) this.demand(whenProven, false);
    });
  }

  /**
   * Calls `whenTold` with true once the credential was found good by what was looked for after this call, in memory or not;
   * with false when that cannot be told.
   */
  ask(whenTold: (isGood: boolean) => void): void {
    this.prove(
      (isInMemory) => {
        whenTold(true);
        if (!isInMemory) this.demand(() => undefined, false);
      },
      () => whenTold(false),
    );
  }

  private prove(whenGood: (isInMemory: boolean) => void, whenUntold = (): void => undefined): void {
    const admit = ({ scopes }: Principal, isInMemory: boolean): void => {
      if (!covers(scopes, 'rescind:tokens:verify')) return this.onEnded();
      if (isInMemory) this.onProven();
      whenGood(isInMemory);
    };
    const refuse = (error: unknown): void => {
      const code = error instanceof DomainError ? error.code : 'internal';
      if (code === 'authentication.invalid' || code === 'permission.denied') this.onEnded();
      whenUntold();
    };
    try {
      const proof = this.authenticator.authenticateAgain(this.request);
      if (proof instanceof Promise) proof.then((late) => admit(late, false), refuse);
      else admit(proof, true);
    } catch (error) {
      refuse(error);
    }
  }
}

/** Each takes some ten microseconds to prove, make and send. */
const GRANTS_A_TURN = 100;

/**
 * Sub-leases that have been asked for. They are granted once everything that has arrived by then was heard: in it are
 * acknowledgements that revocations wait for, and a lease asked for at the same time does not end for some hundred
 * milliseconds.
 */
export class GrantsDue {
  private due: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** @param grant must not throw */
  add(grant: () => void): void {
    if (this.due.push(grant) === 1) this.clock.soon(() => this.turn());
  }

  private turn(): void {
    const now = this.due;
    this.due = now.length > GRANTS_A_TURN ? now.splice(GRANTS_A_TURN) : [];
    if (this.due.length > 0) this.clock.soon(() => this.turn());
    for (const grant of now) grant();
  }
}
