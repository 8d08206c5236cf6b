import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';

const CIPHER = 'aes-256-gcm';
const ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Texts that a stranger keeps for this service and can neither read nor change: AES-256-GCM (NIST SP 800-38D) under keys
 * that are derived (HKDF, RFC 5869) from the peppers, with a random nonce, and the purpose as associated data. What was
 * sealed under a retired pepper can still be opened.
 */
@Injectable()
export class SealedTexts {
  private readonly currentId: string;
  private readonly keys: ReadonlyMap<string, Buffer>;

  constructor(
    @Inject(secretsConfig.KEY) config: Pick<ConfigType<typeof secretsConfig>, 'pepper' | 'retiredPeppers'>,
  ) {
    this.currentId = config.pepper.id;
    this.keys = new Map(
      [...config.retiredPeppers, config.pepper].map(({ id, key }) => [
        id,
        Buffer.from(hkdfSync('sha256', key, '', 'rescind sealed text', 32)),
      ]),
    );
  }

  /** @returns base64url */
  seal(purpose: string, text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.keys.get(this.currentId) as Buffer, iv);
    cipher.setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.from(this.currentId, 'hex'), iv, sealed, cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  /** @returns null for whatever was not sealed here for this purpose */
  open(purpose: string, given: string): string | null {
    const bytes = Buffer.from(given, 'base64url');
    const key = this.keys.get(bytes.subarray(0, ID_BYTES).toString('hex'));
    if (key === undefined || bytes.length < ID_BYTES + IV_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(ID_BYTES, ID_BYTES + IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(ID_BYTES + IV_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}
