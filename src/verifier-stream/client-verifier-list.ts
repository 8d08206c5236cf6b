import { Injectable } from '@nestjs/common';
import { SiblingWorkers } from '../common/workers/sibling-workers.js';
import { Verifier } from '../lease/verifier.js';
import { ClientVerifierDto, type ClientVerifierListDto } from './client-verifier.dto.js';
import { RegisteredClientVerifiersRepository } from './registered-client-verifiers.repository.js';
import { VerifierStreams } from './verifier-streams.js';

const TOPIC = 'client-verifiers';

/** The client verifiers of all workers of one start, whichever of them is asked. */
@Injectable()
export class ClientVerifierList {
  constructor(
    private readonly streams: VerifierStreams,
    private readonly verifier: Verifier,
    private readonly workers: SiblingWorkers,
    private readonly registered: RegisteredClientVerifiersRepository,
  ) {
    workers.answerTo(TOPIC, () => JSON.stringify(this.own()));
  }

  /** The oldest connection first. */
  async get(): Promise<ClientVerifierListDto> {
    const [{ asked, texts }, registered] = await Promise.all([
      this.workers.ask(TOPIC),
      this.registered.count(),
    ]);
    const told = texts.filter(([, text]) => text !== '');
    const items = told.flatMap(([, text]) => JSON.parse(text) as ClientVerifierDto[]);
    items.sort((left, right) => (left.connected_at < right.connected_at ? -1 : 1));
    return { items, processes: asked, processes_listed: told.length, registered };
  }

  private own(): ClientVerifierDto[] {
    return [...this.streams.open].flatMap((connection) =>
      connection.child === null
        ? []
        : [ClientVerifierDto.from(connection, connection.child, this.verifier.id)],
    );
  }
}
