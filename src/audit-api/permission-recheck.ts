import { Injectable } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import { Turns } from '../admission/turns.js';

/** A long answer must end once its caller may not read any more: revoked means refused, also in mid-stream. */
@Injectable()
export class PermissionRecheck {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly demands: ScopeDemands,
    private readonly turns: Turns,
  ) {}

  /** Throws as the guards of the route would, if the request came now. Takes no use of a token that has few. */
  async demand(request: AuthenticatedRequest): Promise<void> {
    const principal = await this.authenticator.authenticateAgain(request);
    this.demands.demand(
      principal,
      principal.businessId === null ? 'rescind:platform:admin' : 'rescind:audit:read',
    );
  }

  /** Whether `demand` would let it pass; false as well while that cannot be told. */
  holds(request: AuthenticatedRequest): Promise<boolean> {
    return this.demand(request).then(
      () => true,
      () => false,
    );
  }

  /**
   * Reads a part of a long answer when it is the turn of `business`, for a caller who may read it as it is begun and as
   * it is handed out.
   * @throws as `demand`, and as Turns
   */
  async read<Result>(
    request: AuthenticatedRequest,
    business: string,
    read: () => Promise<Result>,
  ): Promise<Result> {
    const result = await this.turns.run('management', business, async () => {
      await this.demand(request);
      return read();
    });
    await this.demand(request);
    return result;
  }
}
