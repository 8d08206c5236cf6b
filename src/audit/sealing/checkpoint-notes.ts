import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from '../../config/audit.config.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { originOf } from '../transparency/checkpoint.js';
import { signCheckpoint } from '../transparency/signing.js';
import { vkeyOf } from '../transparency/note-key.js';
import type { TrustedTree } from './trees.repository.js';

/** The names of the logs, and their checkpoints as signed notes. */
@Injectable()
export class CheckpointNotes {
  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly keys: SigningKeys,
  ) {}

  originOf(logId: string): string {
    return originOf(this.config.logName, businessIdOf(logId));
  }

  vkeyOf(logId: string): string {
    return vkeyOf(this.originOf(logId), this.keys.publicKey);
  }

  /** The same note for the same tree, however often. */
  noteOf({ logId, size, root }: TrustedTree): string {
    return signCheckpoint({ origin: this.originOf(logId), size, root }, this.keys.privateKey);
  }
}

/** null: the platform itself. */
export function businessIdOf(logId: string): string | null {
  return logId === PLATFORM_LOG ? null : logId;
}
