import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { EntityManager } from 'typeorm';
import { loggableError } from '../../common/errors/driver-error.js';
import { auditConfig } from '../../config/audit.config.js';
import { MissedPublications } from './missed-publications.js';
import { Sealer } from './sealer.js';
import { TreesRepository } from './trees.repository.js';

const LOGS_A_BATCH = 64;
const LEADER = `SELECT pg_try_advisory_xact_lock(hashtext('rescind.audit_sealing')) AS leads`;

/** Seals every log that has news, every few seconds. One process at a time does; others let it be. */
@Injectable()
export class SealingRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly trees: TreesRepository,
    private readonly sealer: Sealer,
    private readonly missed: MissedPublications,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setTimeout(() => {
      this.round = this.missed
        .publish()
        .then(() => this.sealNews())
        .catch((error: unknown) =>
          this.logger.warn(loggableError(error), 'The audit log could not be sealed; it is tried again.'),
        )
        .finally(() => {
          if (!this.stopped) this.onApplicationBootstrap();
        });
    }, this.config.sealMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  /** Seals until no log has news, or another process is at it. */
  private async sealNews(): Promise<void> {
    // A log with a fault stays unsealed; it must not be asked for again and again within one round.
    const stuck: string[] = [];
    while (!this.stopped) {
      const logIds = await this.trees.unsealed(stuck, LOGS_A_BATCH);
      if (logIds.length === 0) break;
      const before = await this.trees.states(logIds);
      const trees = await this.sealer.seal(logIds, leads);
      if (trees.length === 0) return;
      stuck.push(
        ...trees.filter(({ logId, size }) => size === before.get(logId)?.size).map(({ logId }) => logId),
      );
    }
  }
}

async function leads(manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query<{ leads: boolean }[]>(LEADER);
  return row?.leads === true;
}
