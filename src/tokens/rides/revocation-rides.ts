import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain-error.js';
import {
  isDatabaseUnavailable,
  isLockTimeout,
  isSerializationFailure,
} from '../../common/errors/driver-error.js';
import { Line } from '../../common/line.js';
import { HolderWatch } from '../../changes/holder-watch.js';
import { RevokeLane } from '../../database/revoke-lane.js';
import type { Fare, Marked, Passenger } from './passenger.js';
import { Ride } from './ride.js';

/** How long one log that is locked by somebody else can hold up a ride of many businesses. */
const LOG_PATIENCE_MS = 200;
/** A transaction that lost to others this often loses to them for a reason. */
const ATTEMPTS_MAX = 4;
/** Sessions that may hang while others go on. */
const LATE_RIDES_MAX = 2;

/**
 * Group commit for revocations: those that are asked for while a transaction of revocations is under way share the
 * next one. Why nobody's revocation is refused or held up for long by another's is argued in
 * docs/adr/0013-revocations-share-a-ride.md.
 */
@Injectable()
export class RevocationRides {
  private readonly mainLine: Line<Passenger>;
  /** By business: a log that held a ride up is waited for apart, until nobody waits for it any more. */
  private readonly sideLines = new Map<string | null, Line<Passenger>>();

  constructor(
    private readonly ride: Ride,
    private readonly lane: RevokeLane,
    private readonly holders: HolderWatch,
  ) {
    this.mainLine = new Line((passengers) => this.take(passengers, LOG_PATIENCE_MS), {
      late: LATE_RIDES_MAX,
    });
  }

  /**
   * Resolves once the revocation, or what was found instead, is committed; null: there is no such token.
   * @throws the driver's error, or DomainError `audit.unwritable`, and nothing was changed; after the loss of the
   * connection it is not known whether the token is revoked
   */
  board(fare: Fare): Promise<Marked | null> {
    return new Promise((arrive, fail) => this.lineOf(fare.businessId).board({ ...fare, arrive, fail }));
  }

  private lineOf(businessId: string | null): Line<Passenger> {
    return this.sideLines.get(businessId) ?? this.mainLine;
  }

  private async take(passengers: Passenger[], lockTimeoutMs?: number, attempt = 1): Promise<void> {
    try {
      const outcomes = await this.holders.during(() => this.ride.run(passengers, lockTimeoutMs));
      const leftBehind: Passenger[] = [];
      passengers.forEach((passenger, index) => {
        const outcome = outcomes[index];
        if (outcome === 'left behind') leftBehind.push(passenger);
        else if (outcome instanceof DomainError) passenger.fail(outcome);
        else passenger.arrive(outcome ?? null);
      });
      this.sendAlone(leftBehind);
    } catch (error) {
      this.recover(passengers, lockTimeoutMs !== undefined, error, attempt);
    }
  }

  /** Nothing was changed, unless the connection was lost: then nobody knows, as with a ride of one. */
  private recover(passengers: Passenger[], wasHurried: boolean, error: unknown, attempt: number): void {
    if (isLockTimeout(error) && wasHurried) this.sendAside(passengers);
    else if (isSerializationFailure(error) && attempt < ATTEMPTS_MAX) this.sendAlone(passengers, attempt + 1);
    else if (passengers.length === 1 || error instanceof DomainError || isDatabaseUnavailable(error))
      passengers.forEach((passenger) => passenger.fail(error));
    else this.sendAlone(passengers);
  }

  /** The fault may be one passenger's, and nobody is refused for another's. */
  private sendAlone(passengers: Passenger[], attempt = 1): void {
    for (const passenger of passengers) void this.takeInTurn(passenger.businessId, [passenger], attempt);
  }

  /** One of these businesses has a log that is locked: each waits for its own. */
  private sendAside(passengers: Passenger[]): void {
    for (const passenger of passengers) {
      const { businessId } = passenger;
      const line = this.sideLines.get(businessId) ?? this.sideLineFor(businessId);
      this.sideLines.set(businessId, line);
      line.board(passenger);
    }
  }

  private sideLineFor(businessId: string | null): Line<Passenger> {
    const line = new Line<Passenger>(
      async (passengers) => {
        await this.takeInTurn(businessId, passengers);
        setImmediate(() => {
          if (line.isIdle && this.sideLines.get(businessId) === line) this.sideLines.delete(businessId);
        });
      },
      { late: 0 },
    );
    return line;
  }

  /** Logs that are held take turns with each other, so that those of a few businesses do not keep every session waiting. */
  private async takeInTurn(businessId: string | null, passengers: Passenger[], attempt = 1): Promise<void> {
    try {
      await this.lane.change(businessId, () => this.take(passengers, undefined, attempt));
    } catch (error) {
      for (const passenger of passengers) passenger.fail(error);
    }
  }
}
