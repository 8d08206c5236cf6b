import { Injectable } from '@nestjs/common';
import { SiblingWorkers } from '../common/workers/sibling-workers.js';
import { Verifier } from '../lease/verifier.js';
import { ClientVerifierDto, type ClientVerifierListDto } from './client-verifier.dto.js';
import { VerifierCountsRepository } from '../verifiers/verifier-counts.repository.js';
import { VerifierStreams } from './verifier-streams.js';

const TOPIC = 'client-verifiers';

/** The client verifiers of all workers of one start, whichever of them is asked. */
@Injectable()
export class ClientVerifierList {
  constructor(
    private readonly streams: VerifierStreams,
    private readonly verifier: Verifier,
    private readonly workers: SiblingWorkers,
    private readonly registry: VerifierCountsRepository,
  ) {
    workers.answerTo(TOPIC, () => JSON.stringify(this.own()));
  }

  /** The oldest connection first. */
  async get(): Promise<ClientVerifierListDto> {
    const [{ asked, texts }, counts] = await Promise.all([
      this.workers.ask(TOPIC),
      this.registry.get().catch(() => null),
    ]);
    const told = texts.filter(([, text]) => text !== '');
    const items = told.flatMap(([, text]) => JSON.parse(text) as ClientVerifierDto[]);
    items.sort((left, right) => (left.connected_at < right.connected_at ? -1 : 1));
    return {
      items,
      processes: asked,
      processes_listed: told.length,
      registered: counts?.clientVerifiers ?? null,
    };
  }

  private own(): ClientVerifierDto[] {
    return [...this.streams.open].flatMap((connection) =>
      connection.child === null
        ? []
        : [ClientVerifierDto.from(connection, connection.child, this.verifier.id)],
    );
  }
}
