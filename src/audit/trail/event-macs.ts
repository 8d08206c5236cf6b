import { Injectable } from '@nestjs/common';
import { RowMacs, type MacJudgement } from '../../secrets/row-macs.js';
import { SigningKeys } from '../../secrets/signing-keys.js';

/** Binds each event to its place in its log and to this service: {@link RowMacs} over log, sequence and leaf hash. */
@Injectable()
export class EventMacs {
  private readonly macs: RowMacs;

  constructor(signingKeys: SigningKeys) {
    this.macs = new RowMacs(signingKeys, 'rescind audit event');
  }

  macOf(logId: string, sequence: number, leaf: Uint8Array): Buffer {
    return this.macs.macOf(placeOf(logId, sequence), leaf);
  }

  judge(logId: string, sequence: number, leaf: Uint8Array, mac: Uint8Array | null): MacJudgement {
    return this.macs.judge(mac, placeOf(logId, sequence), leaf);
  }
}

/** Every part except the sequence has a fixed length. */
function placeOf(logId: string, sequence: number): string {
  return `${logId}${sequence}:`;
}
