import { Barrier } from './barrier.js';
import { ClientVerifiers } from './client-verifiers/client-verifiers.js';
import { VerifierConnection } from './connection.js';
import { DatabaseClock } from './database-clock.js';
import type { Ports } from './ports.js';
import { RestartGrace } from './lease.js';
import { Verifier } from './verifier.js';

/** The part of one process in the protocol: of everything one, on the same ports. */
export class Protocol {
  readonly databaseClock: DatabaseClock;
  readonly clients: ClientVerifiers;
  readonly verifier: Verifier;
  readonly barrier: Barrier;

  constructor(ports: Ports) {
    const { clock, terms, log } = ports;
    const grace = new RestartGrace();
    this.databaseClock = new DatabaseClock(clock, (message) => log.rateDiffers(message));
    this.clients = new ClientVerifiers(clock, terms);
    const connection = new VerifierConnection(ports, grace);
    this.verifier = new Verifier(ports, connection, this.databaseClock, this.clients);
    this.barrier = new Barrier(ports, this.verifier, grace);
  }
}
