import { Injectable } from '@nestjs/common';
import { refusal } from '../common/errors/domain-error.js';
import { SigningKeys } from '../secrets/signing-keys.js';
import { AuditEventsRepository } from '../audit/reading/audit-events.repository.js';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { CheckpointNotes } from '../audit/sealing/checkpoint-notes.js';
import { Proofs } from '../audit/proofs/proofs.js';
import type { ConsistencyDto, ConsistencyQueryDto, LogKeyDto } from './audit-proof.dto.js';

/** The proofs of the log. They show no content, so using them does not count as a read of the log. */
@Injectable()
export class AuditProofsService {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly genuine: GenuineEvents,
    private readonly proofs: Proofs,
    private readonly notes: CheckpointNotes,
    private readonly keys: SigningKeys,
  ) {}

  key(logId: string): LogKeyDto {
    const { kid, publicPem } = this.keys;
    return { origin: this.notes.originOf(logId), vkey: this.notes.vkeyOf(logId), kid, public_key: publicPem };
  }

  async consistency(logId: string, { from, to }: ConsistencyQueryDto): Promise<ConsistencyDto> {
    const { fromRoot, toRoot, hashes, ...sizes } = await this.proofs.consistency(logId, from, to);
    return {
      from: sizes.from,
      to: sizes.to,
      from_root: fromRoot.toString('base64'),
      to_root: toRoot.toString('base64'),
      proof: hashes.map((hash) => hash.toString('base64')),
    };
  }

  /** @throws DomainError `audit.event_not_found` also for an event of another log; `audit.integrity_violated` */
  async inclusion(logId: string, eventId: string): Promise<string> {
    // Beside the event, so that the proof waits for the database twice and not three times.
    const tree = this.proofs.present(logId);
    tree.catch(() => undefined);
    const row = await this.events.find(logId, eventId);
    if (row === null) throw refusal('audit.event_not_found');
    // Otherwise the proof of one event could be given for another row that somebody put beside it.
    await this.genuine.demand([row]);
    return this.proofs.inclusion(logId, Number(row.sequence), tree);
  }
}
