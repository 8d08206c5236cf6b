import { ApiProperty } from '@nestjs/swagger';
import { monotonicMs } from '../verifiers/monotonic.js';
import type { ClientVerifier } from '../lease/client-verifiers/client-verifier.js';
import type { ClientConnection } from './client-connection.js';
import { PROTOCOL_VERSION } from './client-message.js';

export class ClientVerifierDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /**
   * The registration of the process that it is connected to, as in receipts; null: the process is not registered at the
   * moment.
   */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  verifier_id!: string | null;

  /** The name that it gave. */
  @ApiProperty({ example: 'orders-api' })
  name!: string;

  /** Version of the protocol that it speaks. */
  @ApiProperty({ type: 'integer', example: 1 })
  protocol_version!: number;

  @ApiProperty({ type: String, nullable: true, example: 'rescind-verifier/0.2.0' })
  user_agent!: string | null;

  @ApiProperty({ example: '203.0.113.7' })
  address!: string;

  /** The business whose tokens it sees; null: those of all. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  business_id!: string | null;

  /** The token that it is connected with. */
  @ApiProperty({ format: 'uuid' })
  token_id!: string;

  @ApiProperty({ format: 'date-time' })
  connected_at!: string;

  /** How long it may still trust its memory, at most; 0: not at all. */
  @ApiProperty({ type: 'integer', example: 740 })
  lease_remaining_ms!: number;

  /** The maximum of facts that it remembers, as it said. */
  @ApiProperty({ type: 'integer', example: 100_000 })
  remembers_max!: number;

  /** Cacheable facts that it was sent. It may have forgotten some of them. */
  @ApiProperty({ type: 'integer', example: 5120 })
  facts_sent!: number;

  /** The last message that told it to forget something, and the last that it has applied. */
  @ApiProperty({ type: 'integer', example: 17 })
  last_sent!: number;

  @ApiProperty({ type: 'integer', example: 17 })
  last_acknowledged!: number;

  /** @param verifierId the registration of this process */
  static from(
    connection: ClientConnection,
    child: ClientVerifier,
    verifierId: string | null,
  ): ClientVerifierDto {
    const { request } = connection;
    return {
      id: connection.id,
      verifier_id: verifierId,
      name: connection.name,
      protocol_version: PROTOCOL_VERSION,
      user_agent: request.headers['user-agent'] ?? null,
      address: request.ip,
      business_id: child.view,
      token_id: connection.principal.token.id,
      connected_at: connection.connectedAt.toISOString(),
      lease_remaining_ms: Math.max(0, Math.floor(child.leaseEndsAtMs - monotonicMs())),
      remembers_max: connection.max,
      facts_sent: child.factsTold,
      last_sent: child.seq,
      last_acknowledged: child.acknowledged,
    };
  }
}

export class ClientVerifierListDto {
  @ApiProperty({ type: [ClientVerifierDto] })
  items!: ClientVerifierDto[];

  /** How many processes (RESCIND_WORKERS) the answering server has. */
  @ApiProperty({ type: 'integer', example: 2 })
  processes!: number;

  /** Of these, how many are in the list: a process that does not answer within a second is not. */
  @ApiProperty({ type: 'integer', example: 2 })
  processes_listed!: number;

  /**
   * How many client verifiers all servers have, as each reported up to a quarter of a lease before: more than listed if
   * there are several servers. null: the database cannot be reached.
   */
  @ApiProperty({ type: 'integer', nullable: true, example: 5 })
  registered!: number | null;
}
