import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { LRUCache } from 'lru-cache';
import { auditConfig } from '../../config/audit.config.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { bodyOf, originOf } from '../../log-format/transparency/checkpoint.js';
import { signCheckpoint } from '../../log-format/transparency/signing.js';
import { vkeyOf } from '../../log-format/transparency/note-key.js';
import type { TrustedTree } from './trees.repository.js';

/** Notes of some 300 bytes. */
const NOTES_REMEMBERED_MAX = 1000;

/** The names of the logs, and their checkpoints as signed notes. */
@Injectable()
export class CheckpointNotes {
  private readonly signed = new LRUCache<string, string>({ max: NOTES_REMEMBERED_MAX });

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
    const checkpoint = { origin: this.originOf(logId), size, root };
    const text = bodyOf(checkpoint);
    const known = this.signed.get(text);
    if (known !== undefined) return known;
    const note = signCheckpoint(checkpoint, this.keys.privateKey);
    this.signed.set(text, note);
    return note;
  }
}

/** null: the platform itself. */
export function businessIdOf(logId: string): string | null {
  return logId === PLATFORM_LOG ? null : logId;
}
