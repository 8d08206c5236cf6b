import { Injectable } from '@nestjs/common';
import type { AuditDraft } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { Turns } from '../admission/turns.js';
import { CollectedEvents } from '../changes/collected-events.js';
import { PeriodicService } from '../common/periodic-task.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { RefusedUseTally, type RefusedUseLine, type TokenUse } from './refused-use-tally.js';
import type { TokenFacts } from './token-facts.js';

const FLUSH_MS = 1000;

/** Who presented a token, and for which purpose. */
interface RefusedPresentation {
  from: string | null;
  use?: TokenUse;
}

/**
 * Records refused uses of a token in its own business: somebody presented the right secret, but the token is revoked,
 * expired or used up, its business is suspended, or the address or the scope does not match. Collected in memory and
 * written after the answer: within a second for the first, once a period for others of the same kind. A process that is
 * killed loses what it has not written yet.
 */
@Injectable()
export class RefusedUses extends PeriodicService {
  private readonly tally = new RefusedUseTally();
  private readonly events: CollectedEvents<RefusedUseLine>;

  constructor(
    changes: Changes,
    turns: Turns,
    private readonly clock: DatabaseClock,
  ) {
    super(FLUSH_MS);
    this.events = new CollectedEvents(
      changes,
      turns,
      'use-records',
      refusedUseEvent,
      'Refused uses of tokens',
    );
  }

  override round(): Promise<void> {
    return this.write();
  }

  /** @param failure the reason, as named by a verdict or a refusal */
  note({ id, business }: TokenFacts, failure: string, { from, use }: RefusedPresentation): void {
    const line = { businessId: business?.id ?? null, tokenId: id, failure, use: use ?? null, ip: from };
    this.tally.add(line, this.clock.nowMs());
  }

  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    await this.write(true);
  }

  /** @param all also those whose period has not ended */
  private write(all = false): Promise<void> {
    return this.events.writeAll(this.tally.take(this.clock.nowMs(), all), this.tally);
  }
}

function refusedUseEvent(line: RefusedUseLine): AuditDraft<'token.use_refused'> {
  const { businessId, tokenId, failure, use, ip, count, firstMs, lastMs } = line;
  return {
    businessId,
    // The secret of a refused token proves no identity, so the actor has no token.
    actor: { kind: 'anonymous', id: null, email: null, token_id: null },
    action: 'token.use_refused',
    target: { kind: 'token', id: tokenId },
    outcome: 'denied',
    request: { requestId: null, ip, userAgent: null },
    details: {
      failure,
      use,
      count,
      first_at: new Date(firstMs).toISOString(),
      last_at: new Date(lastMs).toISOString(),
    },
  };
}
