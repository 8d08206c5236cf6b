import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';
import { KeyedDigest, equalInConstantTime } from './digest.js';
import { SECRET_LENGTH_MAX } from './secret-format.js';

/** Digests of secrets under the current pepper and the retired ones. Retired peppers verify, never issue. */
@Injectable()
export class SecretHasher {
  readonly currentPepperId: string;
  private readonly digests = new Map<string, KeyedDigest>();
  private readonly presented = new WeakMap<object, { secret: string; pepperId: string; digest: string }>();

  constructor(
    @Inject(secretsConfig.KEY) config: Pick<ConfigType<typeof secretsConfig>, 'pepper' | 'retiredPeppers'>,
  ) {
    this.currentPepperId = config.pepper.id;
    for (const pepper of [...config.retiredPeppers, config.pepper]) {
      this.digests.set(pepper.id, new KeyedDigest(pepper.key, SECRET_LENGTH_MAX));
    }
  }

  /** Of the current pepper and the retired ones. */
  get pepperIds(): string[] {
    return [...this.digests.keys()];
  }

  /**
   * @returns 32 bytes as latin1; null for what is longer than any secret, and when the pepper is not configured any
   * more, so that the token stays unusable
   */
  digest(secret: string, pepperId: string): string | null {
    if (secret.length > SECRET_LENGTH_MAX) return null;
    return this.digests.get(pepperId)?.of(secret) ?? null;
  }

  /**
   * As `digest`, but what a connection has presented last is not digested again: callers keep their connections and
   * their secret. The secret is held for as long as the connection is, where Node holds its headers anyway.
   */
  digestOn(connection: object, secret: string, pepperId: string): string | null {
    const last = this.presented.get(connection);
    if (last !== undefined && last.pepperId === pepperId && equalInConstantTime(last.secret, secret))
      return last.digest;
    const digest = this.digest(secret, pepperId);
    if (digest !== null) this.presented.set(connection, { secret, pepperId, digest });
    return digest;
  }

  digestForStorage(secret: string): { digest: Buffer; pepperId: string } {
    const digest = this.digest(secret, this.currentPepperId) as string;
    return { digest: Buffer.from(digest, 'latin1'), pepperId: this.currentPepperId };
  }
}
