import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain-error.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { AuditEventsRepository } from '../reading/audit-events.repository.js';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { Proofs } from '../sealing/proofs.js';
import type { ConsistencyDto, ConsistencyQueryDto, LogKeyDto } from './audit-proof.dto.js';

/** What proves the log. Shows nobody what it says, so that it is no reading of it. */
@Injectable()
export class AuditProofsService {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly proofs: Proofs,
    private readonly notes: CheckpointNotes,
    private readonly keys: SigningKeys,
  ) {}

  checkpoint(logId: string): Promise<string> {
    return this.proofs.checkpoint(logId);
  }

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

  /** @throws DomainError `audit.event_not_found` also for an event of another log */
  async inclusion(logId: string, eventId: string): Promise<string> {
    const sequence = await this.events.sequenceOf(logId, eventId);
    if (sequence === null) throw new DomainError('audit.event_not_found', 'Resource not found');
    return this.proofs.inclusion(logId, sequence);
  }
}
