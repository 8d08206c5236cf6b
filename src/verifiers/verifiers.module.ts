import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { refusal } from '../common/errors/domain-error.js';
import { loggableError } from '../common/errors/driver-error.js';
import { revocationConfig } from '../config/revocation.config.js';
import { ReachedDatabase, ReachedDatabaseModule } from '../database/reached-database.js';
import { Barrier } from '../lease/barrier.js';
import { ClientVerifiers } from '../lease/client-verifiers/client-verifiers.js';
import { DatabaseClock } from '../lease/database-clock.js';
import type { Log } from '../lease/ports.js';
import { Protocol } from '../lease/protocol.js';
import { Verifier } from '../lease/verifier.js';
import { Housekeeping } from './housekeeping.js';
import { processClock } from './monotonic.js';
import { PostgresRegistry } from './registry.js';
import { VerifierCountsRepository } from './verifier-counts.repository.js';
import { PostgresFeed } from './verifier-session.js';

class VerifierLog implements Log {
  private readonly logger = new Logger('Verifier');
  private readonly clockLogger = new Logger(DatabaseClock.name);

  lost(error: unknown): void {
    const loggable = { ...loggableError(error), stack: undefined };
    this.logger.warn(loggable, 'The verifier lost its database session.');
  }

  error(message: string): void {
    this.logger.error(message);
  }

  rateDiffers(message: string): void {
    this.clockLogger.warn(message);
  }
}

/** The protocol (src/lease/) on the clocks of this process and its database. */
export function protocolOn(
  feed: PostgresFeed,
  registry: PostgresRegistry,
  reached: ReachedDatabase,
  terms: ConfigType<typeof revocationConfig>,
): Protocol {
  const unconfirmed = (cause: unknown) => refusal('revocation.unconfirmed', { cause, retryAfterSeconds: 1 });
  const log = new VerifierLog();
  return new Protocol({ clock: processClock, registry, feed, reached, log, terms, unconfirmed });
}

/** Its parts, each by itself. */
const PARTS: Provider[] = [
  { provide: Barrier, inject: [Protocol], useFactory: ({ barrier }: Protocol) => barrier },
  { provide: ClientVerifiers, inject: [Protocol], useFactory: ({ clients }: Protocol) => clients },
  { provide: DatabaseClock, inject: [Protocol], useFactory: ({ databaseClock }: Protocol) => databaseClock },
  { provide: Verifier, inject: [Protocol], useFactory: ({ verifier }: Protocol) => verifier },
];

/** Begins and ends the lease with the application. */
@Injectable()
class VerifierLife implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly verifier: Verifier) {}

  onApplicationBootstrap(): void {
    this.verifier.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.verifier.end();
  }
}

const OPEN = [Barrier, ClientVerifiers, DatabaseClock, Verifier, VerifierCountsRepository];

/** What makes a revocation immediate everywhere: feed, lease, registry and barrier. */
@Module({
  imports: [ReachedDatabaseModule],
  providers: [
    {
      provide: Protocol,
      inject: [PostgresFeed, PostgresRegistry, ReachedDatabase, revocationConfig.KEY],
      useFactory: protocolOn,
    },
    ...PARTS,
    Housekeeping,
    PostgresFeed,
    PostgresRegistry,
    VerifierCountsRepository,
    VerifierLife,
  ],
  exports: OPEN,
})
export class VerifiersModule {}
