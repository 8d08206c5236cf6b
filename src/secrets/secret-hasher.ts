import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';
import { KeyedDigest } from './digest.js';
import { SECRET_LENGTH_MAX } from './secret-format.js';

/** Digests of secrets under the current pepper and the retired ones. Retired peppers verify, never issue. */
@Injectable()
export class SecretHasher {
  readonly currentPepperId: string;
  private readonly digests = new Map<string, KeyedDigest>();

  constructor(@Inject(secretsConfig.KEY) config: ConfigType<typeof secretsConfig>) {
    this.currentPepperId = config.pepper.id;
    for (const pepper of [...config.retiredPeppers, config.pepper]) {
      this.digests.set(pepper.id, new KeyedDigest(pepper.key, SECRET_LENGTH_MAX));
    }
  }

  /** @returns 32 bytes as latin1; null when the pepper is not configured any more, so that the token stays unusable. */
  digest(secret: string, pepperId: string): string | null {
    return this.digests.get(pepperId)?.of(secret) ?? null;
  }

  digestForStorage(secret: string): { digest: Buffer; pepperId: string } {
    const digest = this.digest(secret, this.currentPepperId) as string;
    return { digest: Buffer.from(digest, 'latin1'), pepperId: this.currentPepperId };
  }
}
