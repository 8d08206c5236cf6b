import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type MacJudgement, RowMacs } from '../../secrets/row-macs.js';
import { KEY_ID_BYTES, keyIdOf, SigningKeys } from '../../secrets/signing-keys.js';
import { auditConfig } from '../../config/audit.config.js';

/** How far a log has grown, as its row says. */
export interface StoredHead {
  size: number;
  /** null: from a version that made none, or after a head that was not accepted. */
  mac: Uint8Array | null;
}

/**
 * Binds the head of each log to this service: {@link RowMacs} over log and size. A head that is not accepted gets no MAC
 * with the next event either, so that the fault stays visible until an operator has cleared it.
 */
@Injectable()
export class HeadMacs {
  private readonly macs: RowMacs;

  constructor(
    private readonly keys: SigningKeys,
    @Inject(auditConfig.KEY) private readonly config: Pick<ConfigType<typeof auditConfig>, 'adopts'>,
  ) {
    this.macs = new RowMacs(keys, 'rescind audit head');
  }

  macOf(logId: string, size: number): Buffer {
    return this.macs.macOf(`${logId}${size}`);
  }

  /**
   * Whether this service wrote the head. Also accepts one under a retired key whose private part is gone: the register
   * of sequences confirms its position.
   */
  holds(logId: string, { size, mac }: StoredHead): boolean {
    if (size === 0) return true;
    if (mac === null) return this.config.adopts;
    const judgement = this.macs.judge(mac, `${logId}${size}`);
    return judgement === 'genuine' || (judgement === 'unknown_key' && this.isRetired(mac));
  }

  private isRetired(mac: Uint8Array): boolean {
    return this.keys.all.some(
      ({ kid, privateKey }) => privateKey === null && keyIdOf(kid).equals(mac.subarray(0, KEY_ID_BYTES)),
    );
  }
}

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
