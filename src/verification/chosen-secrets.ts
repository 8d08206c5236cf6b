import { Injectable } from '@nestjs/common';
import { CHOSEN_PUBLIC_ID_PREFIX, chosenPublicIdOf } from '../secrets/secret-format.js';
import { VerdictsRepository } from './verdicts.repository.js';

/**
 * The few secrets that an operator chose and that carry no checksum, known by their public ids, so that malformed
 * secrets are still refused without asking the database.
 */
@Injectable()
export class ChosenSecrets {
  private publicIds: ReadonlySet<string> = new Set();

  constructor(private readonly tokens: VerdictsRepository) {}

  /** Reads them once, after bootstrap and before the first request: none can be added later. */
  async load(): Promise<void> {
    this.publicIds = new Set(await this.tokens.findOfPlatform(CHOSEN_PUBLIC_ID_PREFIX));
  }

  publicIdOf(secret: string): string | null {
    if (this.publicIds.size === 0) return null;
    const publicId = chosenPublicIdOf(secret);
    return publicId !== null && this.publicIds.has(publicId) ? publicId : null;
  }
}
