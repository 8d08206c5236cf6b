import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SYSTEM_CONTEXT, type AuditDraft } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { loggableError } from '../common/errors/driver-error.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { DatabaseClock } from '../revocation/database-clock.js';
import { RefusedUseTally, type RefusedUseLine, type TokenUse } from './refused-use-tally.js';
import type { TokenFacts } from './token-facts.js';

const FLUSH_MS = 1000;
const LOGS_AT_ONCE = 2;
/** Events of one log that one transaction writes. */
const EVENTS_AT_ONCE = 100;

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
export class RefusedUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly tally = new RefusedUseTally();
  private readonly flushing = new PeriodicTask(
    () => this.write(this.tally.take(this.clock.nowMs())),
    FLUSH_MS,
  );

  constructor(
    private readonly changes: Changes,
    private readonly clock: DatabaseClock,
  ) {}

  /** @param failure the reason, as named by a verdict or a refusal */
  note({ id, business }: TokenFacts, failure: string, { from, use }: RefusedPresentation): void {
    const line = { businessId: business?.id ?? null, tokenId: id, failure, use: use ?? null, ip: from };
    this.tally.add(line, this.clock.nowMs());
  }

  onApplicationBootstrap(): void {
    this.flushing.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flushing.stop();
    await this.write(this.tally.take(this.clock.nowMs(), true));
  }

  private async write(lines: readonly RefusedUseLine[]): Promise<void> {
    const parts = [...Map.groupBy(lines, ({ businessId }) => businessId).values()].flatMap(inParts);
    const next = async (): Promise<void> => {
      for (let part = parts.pop(); part !== undefined; part = parts.pop()) await this.writePart(part);
    };
    await Promise.all(Array.from({ length: LOGS_AT_ONCE }, next));
  }

  private async writePart(lines: readonly RefusedUseLine[]): Promise<void> {
    const businessId = lines[0]?.businessId ?? null;
    try {
      await this.changes.make(SYSTEM_CONTEXT, businessId, 'unconcerned', (change) => {
        change.recordCollected(lines.map(refusedUseEvent));
      });
    } catch (error) {
      this.tally.putBack(lines);
      this.logger.warn(
        loggableError(error),
        'Refused uses of tokens could not be recorded; it will be retried.',
      );
    }
  }
}

function inParts(lines: readonly RefusedUseLine[]): RefusedUseLine[][] {
  const count = Math.ceil(lines.length / EVENTS_AT_ONCE);
  return Array.from({ length: count }, (_, part) =>
    lines.slice(part * EVENTS_AT_ONCE, (part + 1) * EVENTS_AT_ONCE),
  );
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
