import { Injectable } from '@nestjs/common';
import {
  CHOSEN_PUBLIC_ID_PREFIX,
  chosenPublicIdOf,
  isHexadecimal,
  publicIdOf,
} from '../secrets/secret-format.js';
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

  /**
   * The public id of the token that `secret` names by its form; null: it names none. A chosen secret may have the form of vcita's
   * (`openssl rand -hex 32`), and is what its operator chose then. No I/O.
   */
  tokenNamedBy(secret: string): string | null {
    const publicId = publicIdOf(secret);
    return publicId === null || isHexadecimal(secret) ? (this.publicIdOf(secret) ?? publicId) : publicId;
  }

  publicIdOf(secret: string): string | null {
    if (this.publicIds.size === 0) return null;
    const publicId = chosenPublicIdOf(secret);
    return publicId !== null && this.publicIds.has(publicId) ? publicId : null;
  }
}
