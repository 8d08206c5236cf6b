import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';

/** The position of an event in the log. */
export interface EventPlace {
  eventId: string;
  sequence: number;
  leafHash: Buffer;
}

interface PlaceRow {
  event_id: string;
  sequence: string;
  leaf_hash: Buffer;
}

/** What is still known of events that retention has dropped. The log is the first argument. */
@Injectable()
export class DroppedEvents {
  constructor(private readonly dataSource: DataSource) {}

  /** The last sequence that retention has dropped; 0 for none. The rows may still exist for a while. */
  async through(logId: string): Promise<number> {
    const [row] = await inBusiness(this.dataSource, logId, (manager) =>
      manager.query<{ dropped_through: string }[]>(
        'SELECT dropped_through FROM audit_retention WHERE business_id = $1',
        [logId],
      ),
    );
    return Number(row?.dropped_through ?? 0);
  }

  /** The position of the revocation of a token; null unless it was dropped. By the primary key. */
  async revocationOf(logId: string, tokenId: string): Promise<EventPlace | null> {
    const [row] = await inBusiness(this.dataSource, logId, (manager) =>
      manager.query<PlaceRow[]>(
        'SELECT event_id, sequence, leaf_hash FROM audit_dropped_revocations WHERE business_id = $1 AND token_id = $2',
        [logId, tokenId],
      ),
    );
    if (row === undefined) return null;
    return { eventId: row.event_id, sequence: Number(row.sequence), leafHash: row.leaf_hash };
  }
}
